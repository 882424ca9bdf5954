"""The planner measures when it pays, and writes down what it saw."""

import json

from danlu.testing.encoded import cohort_args
from danlu.train.job import run
from danlu.train.plan import choose


def plan(cost, steps):
    """Choose for four trials when a step of n of them takes ``cost[n]`` seconds."""
    clock = [0.0]

    def measure(together):
        clock[0] += cost[together]

    return choose(measure, 4, steps=steps, now=lambda: clock[0])


def test_short_work_is_fused_without_a_comparison():
    found = plan({4: 0.01, 1: 0.0001}, steps=20)
    assert (found.together, found.alone_s) == (4, None)


def test_long_work_is_fused_when_that_is_faster():
    assert plan({4: 0.01, 1: 0.01}, steps=5000).together == 4


def test_long_work_runs_one_by_one_when_that_is_faster():
    found = plan({4: 0.1, 1: 0.01}, steps=5000)
    assert (found.together, found.fused_s, found.alone_s) == (1, 0.1, 0.04)


def test_the_choice_is_kept_with_the_checkpoint(tmp_path):
    args = cohort_args(tmp_path, together=None)
    chosen = run(args, [].append)
    written = json.loads((tmp_path / "cohort" / "plan.json").read_text())
    assert written["together"] == chosen["together"] == 3
    assert written["fused_s"] == chosen["timings"]["fused_s"]
