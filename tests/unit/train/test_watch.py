"""Watching sees the very step that is made, changes nothing, and keeps to its share."""

import numpy as np
import pytest
import torch

from danlu.testing.encoded import cohort_args, network, trial
from danlu.train.events import Histogram, Watched
from danlu.train.job import run
from danlu.train.watch import SAMPLED, SHARE, Watcher, histogram

torch.set_num_threads(1)
RECIPE = {"epochs": 3, "batch_size": 64, "patience": 0, "gradient_clip": 0.0}
SGD = {**RECIPE, "optimizer": "sgd", "momentum": 0.0, "schedule": "constant", "warmup": 0.0}
WIDE = {"dense_1.units": 5, "dense_2.units": 9}


def train(folder, **changes):
    events = []
    args = cohort_args(folder, **{"recipe": RECIPE, "watch": str(folder / "seen"), **changes})
    result = run(args, events.append)
    return result, [Watched.model_validate(e) for e in events if e["event"] == "watched"]


def test_watching_changes_no_bit(tmp_path):
    seen, watched = train(tmp_path / "seen", watch_every=2)
    blind, nothing = train(tmp_path / "blind", watch=None)
    assert len(watched) > 5
    assert not nothing
    curves = [[t["curve"] for t in result["trials"]] for result in (seen, blind)]
    assert curves[0] == curves[1]


def test_what_is_seen_is_the_step_that_is_made(tmp_path):
    _, watched = train(tmp_path, recipe=SGD, trials=[trial(1)], watch_every=1)
    rate = trial(1)["values"]["recipe.learning_rate"]
    for one in watched:
        low, high = one.gradients["head.bias"].low, one.gradients["head.bias"].high
        assert low == high  # one output
        before = one.weights["head.bias"].low + rate * low
        assert one.ratios["head.bias"] == pytest.approx(abs(rate * low / before), rel=1e-3)
    assert [one.step for one in watched] == list(range(len(watched)))


def test_trials_take_turns_and_are_written_down(tmp_path):
    _, watched = train(tmp_path, watch_every=1)
    assert [one.trial for one in watched[:6]] == [0, 1, 2, 0, 1, 2]
    lines = (tmp_path / "seen" / "1.jsonl").read_text("utf-8").splitlines()
    written = [Watched.model_validate_json(line) for line in lines]
    assert written == [one for one in watched if one.trial == 1]


def test_a_filled_trial_is_seen_at_its_own_size(tmp_path):
    trials = [{"number": 0, "seed": 1, "values": WIDE}, {"number": 1, "seed": 2, "values": {}}]
    _, watched = train(tmp_path, trials=trials, watch_every=1)
    alone = train(tmp_path / "alone", trials=trials[:1], watch_every=1)[1]
    first, same = (next(w for w in found if w.step == 0) for found in (watched, alone))
    assert first.weights["dense_1.weight"].size == 5 * 8
    assert first.gradient_norm == pytest.approx(same.gradient_norm, rel=1e-5)
    assert first.dead == same.dead
    assert set(first.seconds) >= {"dense_1", "head"}


def test_units_that_never_answer_are_dead(tmp_path):
    document = network()
    document["nodes"]["norm_1"] = {"op": "scale", "params": {"factor": 0.0, "offset": -1.0},
                                   "in": {"x": "dense_1"}}  # fmt: skip
    document["nodes"]["act_1"]["params"] = {"kind": "relu"}
    _, watched = train(tmp_path, network=document, trials=[{"number": 0, "seed": 1, "values": {}}],
                       watch_every=3)  # fmt: skip
    assert {one.dead["act_1"] for one in watched} == {1.0}
    assert all(one.dead["act_2"] < 1 for one in watched)
    assert watched[0].ratios["dense_1.weight"] is not None


def test_a_histogram_counts_exactly():
    values = torch.tensor([0.0, 0.0, 3.0, -3.0, 1e-30, float("nan"), float("inf"), -0.5])
    found = histogram(values)
    assert (found.low, found.high) == (-3.0, 3.0)
    assert (found.size, found.zeros, found.missing, found.infinite) == (8, 2, 1, 1)
    assert sum(found.bins.values()) == found.sampled == 6
    for place, count in found.bins.items():
        low, high = Histogram.edges(place)
        near = [v for v in values.tolist() if low <= v < high or v == low == high
                or (v < 0 and low < v <= high)]  # fmt: skip
        assert len(near) == count


def test_large_tensors_are_sampled_but_their_extremes_are_exact():
    values = torch.randn(3 * SAMPLED + 5, generator=torch.Generator().manual_seed(0))
    values[1] = 77.0
    found = histogram(values)
    assert found.high == 77.0
    assert found.sampled == sum(found.bins.values()) <= SAMPLED
    empty = histogram(torch.full((3,), float("nan")))
    assert (empty.low, empty.missing, empty.bins) == (None, 3, {})


class Clock:
    """A clock that stands still unless told."""

    def __init__(self):
        self.at = 0.0

    def __call__(self):
        return self.at


def test_a_look_waits_until_it_fits_its_share(tmp_path):
    clock = Clock()
    watcher = Watcher({}, tmp_path, now=clock)
    looks = 0
    for step in range(1000):
        clock.at += 1.0
        if watcher.pick([0, 1], step, closes=step % 10 == 9) is not None:
            looks += 1
            clock.at += 3.0
            watcher._last = 3.0
            watcher.spent += 3.0
    assert np.floor(1000 * SHARE / 3) - 1 <= looks <= np.ceil(1000 * SHARE / 3) + 1
    assert watcher.spent <= 1000 * SHARE + 3


def test_cheap_looks_come_within_an_epoch_and_ever_more_seldom(tmp_path):
    clock = Clock()
    watcher = Watcher({}, tmp_path, now=clock)
    seen = []
    for step in range(40_000):
        clock.at += 0.01
        if watcher.pick([0], step, closes=False) is not None:
            seen.append(clock.at)
    assert seen[0] == pytest.approx(0.5, abs=0.02)
    assert len(seen) < 350
    assert seen[1] - seen[0] < seen[-1] - seen[-2]
