"""The planner measures when it pays, and writes down what it saw."""

import json

from danlu.testing.encoded import cohort_args
from danlu.train.compiled import NoCompilerError
from danlu.train.job import run
from danlu.train.plan import choose


def plan(cost, steps, compiled=None):
    """Choose for four trials when a step of n of them takes ``cost[n]`` seconds.

    ``compiled`` is the same for machine code; None = there is no compiler.
    """
    clock = [0.0]

    def measure(together, *, compiled=False, fast=compiled):
        if compiled and fast is None:
            raise NoCompilerError("no compiler")
        clock[0] += fast[together] if compiled else cost[together]

    return choose(measure, 4, steps=steps, now=lambda: clock[0], compiles=True)


def test_short_work_is_fused_without_a_comparison():
    found = plan({4: 0.01, 1: 0.0001}, steps=20)
    assert (found.together, found.alone_s) == (4, None)


def test_long_work_is_fused_when_that_is_faster():
    assert plan({4: 0.01, 1: 0.01}, steps=5000).together == 4


def test_long_work_runs_one_by_one_when_that_is_faster():
    found = plan({4: 0.1, 1: 0.01}, steps=5000)
    assert (found.together, found.fused_s, found.alone_s) == (1, 0.1, 0.04)


def test_programs_that_must_be_recorded_first_count_as_work():
    clock, seen = [0.0], set()

    def measure(together, *, compiled=False):
        assert not compiled
        clock[0] += {4: 0.1, 1: 0.02}[together] + (0.0 if together in seen else 90.0)
        seen.add(together)

    found = choose(measure, 4, steps=5000, now=lambda: clock[0], programs=2)
    assert (found.together, found.alone_s) == (4, 0.098)
    seen.clear()
    assert choose(measure, 4, steps=5000, now=lambda: clock[0]).together == 1


def test_very_long_work_is_compiled_when_that_is_faster():
    found = plan({4: 0.1, 1: 0.04}, steps=5000, compiled={4: 0.06})
    assert (found.together, found.compiled, found.compiled_s) == (4, True, 0.06)
    assert not plan({4: 0.1, 1: 0.04}, steps=5000, compiled={4: 0.099}).compiled


def test_nothing_is_compiled_for_work_that_is_over_sooner():
    assert plan({4: 0.1, 1: 0.04}, steps=500, compiled={4: 0.06}).compiled_s is None


def test_without_a_compiler_the_reason_is_written_down():
    found = plan({4: 0.1, 1: 0.04}, steps=5000)
    assert (found.compiled, found.uncompiled) == (False, "no compiler")


def test_a_smaller_stack_is_compiled_anew_only_while_much_lies_ahead():
    found = plan({4: 0.1, 1: 0.04}, steps=5000, compiled={4: 0.06})
    assert found.pays_still(0.5, steps=4000)
    assert not found.pays_still(0.5, steps=1000)


def test_the_choice_is_kept_with_the_checkpoint(tmp_path):
    args = cohort_args(tmp_path, together=None)
    chosen = run(args, [].append)
    written = json.loads((tmp_path / "cohort" / "plan.json").read_text())
    assert written["together"] == chosen["together"] == 3
    assert written["fused_s"] == chosen["timings"]["fused_s"]
