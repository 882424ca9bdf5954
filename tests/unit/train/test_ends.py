"""Every trial ends in a named way, with its cause, and leaves what it had."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file

from danlu.errors import SpaceError, TrainingError
from danlu.testing.encoded import cohort_args, network, trial
from danlu.train.ends import sentence
from danlu.train.job import run


def train(folder, **changes):
    events = []
    result = run(cohort_args(folder, **changes), events.append)
    return {t["number"]: t for t in result["trials"]}, events


def test_a_trial_that_uses_its_epochs_has_finished(tmp_path):
    found, events = train(tmp_path)
    assert {t["state"] for t in found.values()} == {"finished"}
    assert [len(t["curve"]) for t in found.values()] == [4, 4, 4]
    ends = [e for e in events if e["event"] == "trial_ended"]
    assert sorted(e["number"] for e in ends) == [0, 1, 2]
    assert all(Path(t["weights"]).exists() for t in found.values())


def test_every_epoch_of_every_trial_is_told(tmp_path):
    events = train(tmp_path)[1]
    told = [(e["trial"], e["epoch"]) for e in events if e["event"] == "epoch_done"]
    assert sorted(told) == [(n, e) for n in range(3) for e in range(1, 5)]


def test_the_best_epoch_is_what_is_kept(tmp_path):
    one = train(tmp_path, recipe={"epochs": 8, "batch_size": 64, "learning_rate": 0.05})[0][0]
    best = max(point["auc"] for point in one["curve"])
    assert one["metric"] == best
    assert one["curve"][one["best_epoch"] - 1]["auc"] == best


def test_no_progress_stops_early(tmp_path):
    still = trial(0)
    still["values"] |= {"recipe.learning_rate": 1e-9, "recipe.patience": 2}
    recipe = {"epochs": 30, "batch_size": 64, "schedule": "constant"}
    plain = network()
    del plain["nodes"]["norm_1"]  # its running figures would still move
    plain["nodes"]["act_1"]["in"] = {"x": "dense_1"}
    one = train(tmp_path, trials=[still], recipe=recipe, network=plain)[0][0]
    assert one["state"] == "stopped_early"
    assert one["epochs"] < 30
    assert "no better auc" in sentence(one["reason"])


def test_a_learning_rate_of_a_million_diverges_alone(tmp_path):
    wild = trial(1)
    wild["values"] |= {"recipe.learning_rate": 1e30, "recipe.gradient_clip": 0}
    found = train(tmp_path, trials=[trial(0), wild, trial(2)])[0]
    assert found[1]["state"] == "diverged"
    assert found[1]["reason"]["code"] == "nan"
    assert found[1]["reason"]["args"]["node"] in network()["nodes"]
    assert found[1]["reason"]["args"]["step"] == 1
    assert found[0]["state"] == found[2]["state"] == "finished"


def test_a_trial_without_a_good_epoch_leaves_no_weights(tmp_path):
    wild = trial(0)
    wild["values"] |= {"recipe.learning_rate": 1e30, "recipe.gradient_clip": 0}
    one = train(tmp_path, trials=[wild])[0][0]
    assert (one["metric"], one["weights"], one["answers"]) == (None, None, None)


def test_a_pruned_trial_says_where_it_stood(tmp_path):
    weak = trial(2)
    weak["values"]["recipe.learning_rate"] = 1e-7
    pruner = {"kind": "halving", "first": 1, "eta": 3}
    found = train(tmp_path, trials=[trial(0), trial(1), weak], pruner=pruner)[0]
    assert found[2]["state"] == "pruned"
    assert "at epoch 1" in sentence(found[2]["reason"])


def test_unusable_data_ends_every_trial_with_the_reason(tmp_path):
    args = cohort_args(tmp_path)
    np.save(Path(args["encoded"]) / "train.table.npy", np.full((400, 8), np.nan, np.float32))
    result = run(args, [].append)
    assert {t["state"] for t in result["trials"]} == {"data_error"}
    assert result["trials"][0]["reason"]["code"] == "not_finite"
    assert "NaN" in sentence(result["trials"][0]["reason"])


def test_no_memory_is_said_to_whoever_planned_the_cohort(tmp_path, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 B")

    monkeypatch.setattr("danlu.train.cohort.Cohort.advance", refuse)
    with pytest.raises(TrainingError, match="allocate") as caught:
        train(tmp_path)
    assert caught.value.code == "out_of_memory"


def test_answers_that_are_no_numbers_are_no_result(tmp_path):
    wild = trial(0)
    wild["values"] |= {"recipe.learning_rate": 1e30, "recipe.gradient_clip": 0}
    recipe = {"epochs": 1, "batch_size": 400, "schedule": "constant"}
    one = train(tmp_path, trials=[wild], recipe=recipe)[0][0]
    assert (one["state"], one["reason"]["code"]) == ("diverged", "answers_not_finite")


def test_a_long_epoch_says_that_it_is_alive(tmp_path, monkeypatch):
    monkeypatch.setattr("danlu.train.fit.BEAT_S", 0.0)
    beats = [e for e in train(tmp_path)[1] if e["event"] == "alive"]
    assert [b["step"] for b in beats] == list(range(24))


def test_a_batch_larger_than_the_data_is_all_of_it(tmp_path):
    found = train(tmp_path, recipe={"epochs": 2, "batch_size": 100_000})[0]
    assert found[0]["state"] == "finished"


def test_one_class_in_validation_still_ranks_epochs(tmp_path):
    args = cohort_args(tmp_path)
    np.save(Path(args["encoded"]) / "valid.target.npy", np.ones(200, np.int64))
    result = run(args, [].append)
    assert {t["state"] for t in result["trials"]} == {"finished"}
    assert all(t["best_epoch"] for t in result["trials"])


def test_what_cannot_be_masked_cannot_differ_in_a_cohort(tmp_path):
    odd = trial(1)
    odd["values"]["act_1.kind"] = "tanh"
    with pytest.raises(TrainingError, match="differ in 'act_1'"):
        train(tmp_path, trials=[trial(0), odd])


def test_batch_sizes_cannot_differ_in_a_cohort(tmp_path):
    odd = trial(1)
    odd["values"]["recipe.batch_size"] = 32
    with pytest.raises(TrainingError, match="batch_size"):
        train(tmp_path, trials=[trial(0), odd])


def test_an_unknown_recipe_field_suggests_the_near_one(tmp_path):
    with pytest.raises(SpaceError, match=r"Did you mean 'learning_rate'\?"):
        train(tmp_path, recipe={"lerning_rate": 1})


def test_a_warm_start_takes_over_what_fits(tmp_path):
    first = train(tmp_path)[0][0]
    changed = network()
    changed["nodes"]["dense_2"]["params"]["units"] = 24
    second = {"number": 0, "seed": 3, "values": {}}
    cold = {"number": 1, "seed": 4, "values": {}, "warm": False}
    found = train(
        tmp_path / "second", network=changed, warm=first["weights"], trials=[second, cold]
    )[0]
    assert found[0]["reused"] == [4, 9]
    assert found[1]["reused"] is None


def test_a_warm_start_begins_where_the_other_ended(tmp_path):
    recipe = {"epochs": 12, "batch_size": 64, "learning_rate": 5e-3}
    first = train(tmp_path, recipe=recipe)[0][0]
    again = [{"number": 0, "seed": 3, "values": {"recipe.learning_rate": 1e-6}}]
    second = train(tmp_path / "second", warm=first["weights"], trials=again)[0][0]
    assert second["curve"][0]["auc"] > first["curve"][0]["auc"]


def test_weights_are_keyed_by_node(tmp_path):
    one = train(tmp_path)[0][0]
    assert {name.split(".")[0] for name in load_file(one["weights"])} <= set(network()["nodes"])


def test_a_learning_rate_of_1e6_leaves_its_mates_as_they_were(tmp_path):
    wild = trial(1)
    wild["values"] |= {"recipe.learning_rate": 1e6}
    calm = train(tmp_path / "calm", trials=[trial(0), trial(2)])[0]
    found = train(tmp_path / "wild", trials=[trial(0), wild, trial(2)])[0]
    assert found[1]["state"] in ("finished", "diverged")
    for number in (0, 2):
        mine = [[p["loss"], p["valid_loss"]] for p in found[number]["curve"]]
        theirs = [[p["loss"], p["valid_loss"]] for p in calm[number]["curve"]]
        np.testing.assert_allclose(mine, theirs, rtol=1e-5)


def test_a_constant_column_is_borne(tmp_path):
    args = cohort_args(tmp_path)
    for split in ("train", "valid"):
        path = Path(args["encoded"]) / f"{split}.table.npy"
        x = np.load(path)
        x[:, 3] = 0.0
        np.save(path, x)
    result = run(args, [].append)
    assert {t["state"] for t in result["trials"]} == {"finished"}


def test_all_columns_constant_learns_the_mean_and_no_more(tmp_path):
    args = cohort_args(tmp_path)
    for split, rows in (("train", 400), ("valid", 200)):
        path = Path(args["encoded"]) / f"{split}.table.npy"
        np.save(path, np.zeros((rows, 8), np.float32))
    result = run(args, [].append)
    assert {t["state"] for t in result["trials"]} == {"finished"}
    assert {t["metric"] for t in result["trials"]} == {0.5}


def test_twins_of_a_space_with_one_point_differ_by_their_seeds_only(tmp_path):
    twins = [{"number": n, "seed": seed, "values": {}} for n, seed in enumerate((5, 5, 6))]
    found = train(tmp_path, trials=twins)[0]
    assert found[0]["curve"] == found[1]["curve"]
    assert found[0]["curve"] != found[2]["curve"]
