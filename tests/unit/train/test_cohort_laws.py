"""A row of a cohort is its trial alone; mates, slices and compaction do not matter."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from danlu.testing.encoded import cohort_args, network, trial
from danlu.train.job import run

torch.set_num_threads(1)
RECIPE = {"epochs": 3, "batch_size": 64, "patience": 0}


def train(folder, **changes):
    events = []
    result = run(cohort_args(folder, **{"recipe": RECIPE, **changes}), events.append)
    return {t["number"]: t for t in result["trials"]}, events


def losses(one):
    return np.array([[point["loss"], point["valid_loss"]] for point in one["curve"]])


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    return train(tmp_path_factory.mktemp("three"))[0]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_row_equals_the_trial_alone(tmp_path, three, number):
    alone = train(tmp_path, trials=[trial(number)])[0][number]
    np.testing.assert_allclose(losses(alone), losses(three[number]), rtol=1e-5)
    mine, theirs = load_file(alone["weights"]), load_file(three[number]["weights"])
    for name, tensor in mine.items():
        torch.testing.assert_close(tensor, theirs[name], rtol=1e-4, atol=1e-5)


def test_trials_run_one_by_one_give_the_same(tmp_path, three):
    sliced = train(tmp_path, together=1)[0]
    for number, one in sliced.items():
        np.testing.assert_allclose(losses(one), losses(three[number]), rtol=1e-5)


def test_a_mate_that_ends_early_changes_nothing(tmp_path, three):
    short = trial(0)
    short["values"]["recipe.epochs"] = 1
    shorts = [{**short, "number": n} for n in (5, 6, 7)]
    found = train(tmp_path, trials=[*shorts, trial(1), trial(2)])[0]
    assert found[5]["epochs"] == 1
    for number in (1, 2):
        np.testing.assert_allclose(losses(found[number]), losses(three[number]), rtol=1e-5)


def test_a_recorded_program_computes_what_the_plain_one_does(tmp_path, monkeypatch, three):
    monkeypatch.setattr("danlu.train.job.TRACED_FROM", 1)
    recorded = train(tmp_path)[0]
    for number, one in recorded.items():
        np.testing.assert_allclose(losses(one), losses(three[number]), rtol=1e-5)


def dial_changes(folder, field, value):
    """Return whether a dial changes the train loss of its trial, and of its mate."""
    base = trial(1)
    changed = {**base, "number": 2, "values": {**base["values"], field: value}}
    found = train(folder, trials=[base, changed])[0]
    return not np.allclose(losses(found[1]), losses(found[2]), rtol=1e-4)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recipe.learning_rate", 1e-2),
        ("recipe.weight_decay", 1.0),
        ("recipe.momentum", 0.5),
        ("recipe.gradient_clip", 0.01),
        ("recipe.label_smoothing", 0.3),
        ("recipe.schedule", "one_cycle"),
        ("drop_1.p", 0.8),
        ("recipe.epochs", 3),
    ],
)
def test_a_dial_moves_its_own_trial(tmp_path, field, value):
    assert dial_changes(tmp_path, field, value) == (field != "recipe.epochs")


def test_another_seed_is_another_trial(tmp_path):
    twins = [trial(1), {**trial(1), "number": 2, "seed": 9}]
    found = train(tmp_path, trials=twins)[0]
    assert not np.allclose(losses(found[1]), losses(found[2]), rtol=1e-3)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_planted_signal_is_learnt(tmp_path, optimizer):
    rate = {"adamw": 5e-3, "sgd": 5e-2}[optimizer]
    recipe = {"epochs": 12, "batch_size": 32, "optimizer": optimizer, "learning_rate": rate}
    trials = [{"number": 0, "seed": 1, "values": {}}]
    found = train(tmp_path, recipe=recipe, trials=trials, network=network(units=32))[0][0]
    assert found["metric"] > 0.9
    answers = np.load(found["answers"])
    assert answers.shape == (200, 2)
