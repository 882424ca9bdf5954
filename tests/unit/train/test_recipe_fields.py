"""What the fields of a recipe do; a trial of a cohort is the trial alone, and goes on exactly."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from danlu.compile.module import NetModule
from danlu.network.graph import Network
from danlu.tasks.base import load
from danlu.tensor import Axis, Field, TensorType
from danlu.testing.encoded import FEATURES, TASK, cohort_args, network, trial
from danlu.train import checkpoint
from danlu.train.dials import class_weights, scaled
from danlu.train.initial import initialise
from danlu.train.job import run
from danlu.train.schedules.plateau import Plateau

torch.set_num_threads(1)
RECIPE = {"epochs": 3, "batch_size": 64, "patience": 0}
KINDS = {
    "ema": {"ema": 0.9},
    "balanced": {"class_weights": "balanced"},
    "orthogonal": {"initialisation": "orthogonal"},
    "zero_last": {"initialisation": "zero_last"},
    "dropout": {"dropout_scale": 2.0},
    "linear": {"schedule": "linear"},
    "plateau": {"schedule": "plateau"},
    "min_max": {"preprocessing": "min_max"},
    "quantile": {"preprocessing": "quantile"},
    "noise": {"augmentation": "noise", "augmentation_strength": 0.3},
    "swap": {"augmentation": "swap"},
    "mixup": {"augmentation": "mixup", "augmentation_strength": 0.4},
}
FIELDS = tuple(Field(column=f"c{i}", start=i) for i in range(FEATURES))
TYPES = {"table": TensorType(axes=(Axis(name="features", size=FEATURES),), fields=FIELDS)}


def train(folder, tell=None, **changes):
    args = cohort_args(folder, **{"recipe": RECIPE, **changes})
    result = run(args, tell or [].append)
    return {t["number"]: t for t in result["trials"]}


def losses(one):
    return np.array([[point["loss"], point["valid_loss"]] for point in one["curve"]])


def given(number, **recipe):
    one = trial(number)
    return {**one, "values": one["values"] | {f"recipe.{k}": v for k, v in recipe.items()}}


MIXED = [{**given(n % 8, **fields), "number": n} for n, fields in enumerate([{}, *KINDS.values()])]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    return train(tmp_path_factory.mktemp("mixed"), trials=MIXED, together=len(MIXED))


@pytest.mark.parametrize("number", range(len(MIXED)))
def test_trials_that_differ_in_such_fields_are_one_program(tmp_path, mixed, number):
    alone = train(tmp_path, trials=[MIXED[number]])[number]
    np.testing.assert_allclose(losses(alone), losses(mixed[number]), rtol=1e-5)
    mine, theirs = load_file(alone["weights"]), load_file(mixed[number]["weights"])
    for name, tensor in mine.items():
        torch.testing.assert_close(tensor, theirs[name], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_each_field_moves_its_own_trial_and_no_other(tmp_path, kind):
    plain, same, other = trial(1), {**trial(1), "number": 2}, given(1, **KINDS[kind])
    found = train(tmp_path, trials=[plain, same, {**other, "number": 3}])
    assert (losses(found[1]) == losses(found[2])).all()
    assert not np.allclose(losses(found[1]), losses(found[3]), rtol=1e-4)


class KilledError(Exception):
    pass


KEPT = (
    {"ema": 0.98}, {"schedule": "plateau"}, {"optimizer": "schedule_free"},
    {"optimizer": "lion"}, {"optimizer": "muon"},
)  # fmt: skip


@pytest.mark.parametrize("recipe", KEPT)
def test_a_killed_trial_goes_on_bit_for_bit(tmp_path, recipe):
    recipe = {**RECIPE, "epochs": 5, **recipe}
    whole = train(tmp_path / "whole", recipe=recipe)

    def tell(event):
        if event["event"] == "epoch_done" and event["epoch"] == 3:
            raise KilledError

    with pytest.raises(KilledError):
        train(tmp_path / "cut", tell, recipe=recipe)
    again = train(tmp_path / "cut", recipe=recipe)
    for number, one in whole.items():
        assert again[number]["curve"] == one["curve"]
        mine, theirs = load_file(again[number]["weights"]), load_file(one["weights"])
        assert all(torch.equal(mine[name], theirs[name]) for name in theirs)


@pytest.mark.parametrize("recipe", [{"ema": 0.9}, {"optimizer": "schedule_free", "ema": 0.9}])
def test_averages_are_judged_and_saved(tmp_path, recipe):
    args = cohort_args(tmp_path, recipe={**RECIPE, **recipe, "epochs": 9}, trials=[trial(1)])
    seen = {}

    def tell(event):
        if event["event"] == "epoch_done" and event["epoch"] == 3:
            seen.update(checkpoint.load_tensors(tmp_path / "cohort" / checkpoint.FILE))
            raise KilledError

    with pytest.raises(KilledError):
        run(args, tell)
    best = {n: t for n, t in seen.items() if n.startswith("best/params/")}
    same = [torch.equal(t, seen[n.replace("best", "now")]) for n, t in best.items()]
    assert not any(same)
    averages = [seen[n.replace("best/params/", "now/slots/ema/")] for n in best]
    assert [torch.equal(t, a) for t, a in zip(best.values(), averages, strict=True)]


def test_an_average_without_memory_is_the_weights(tmp_path):
    tiny = train(tmp_path / "tiny", trials=[given(1, ema=1e-12)])[1]
    plain = train(tmp_path / "plain", trials=[trial(1)])[1]
    np.testing.assert_allclose(losses(tiny), losses(plain), rtol=1e-6)


def test_schedule_free_answers_with_its_average_and_learns(tmp_path):
    recipe = {"epochs": 12, "batch_size": 32, "optimizer": "schedule_free", "schedule": "constant",
              "learning_rate": 1e-2}  # fmt: skip
    trials = [{"number": 0, "seed": 1, "values": {}}]
    found = train(tmp_path, recipe=recipe, trials=trials, network=network(units=32))[0]
    assert found["metric"] > 0.9


def test_balanced_classes_weigh_the_same():
    target = torch.tensor([0, 0, 0, 1])
    weights = class_weights(load(TASK), target)
    assert weights.tolist() == pytest.approx([2 / 3, 2])
    assert weights[target].mean() == pytest.approx(1.0)
    alone = class_weights(load({**TASK, "classes": [1, 2, 3], "labels_are": "number"}), target)
    assert alone.tolist() == pytest.approx([2 / 3, 2, 1])


def test_balanced_weights_lift_the_rare_class(tmp_path):
    args = cohort_args(tmp_path, trials=[given(0), given(1, class_weights="balanced")],
                       recipe={**RECIPE, "epochs": 8, "learning_rate": 0.01})  # fmt: skip
    folder = tmp_path / "encoded"
    for split in ("train", "valid"):
        rows = len(np.load(folder / f"{split}.target.npy"))
        rare = np.random.default_rng(rows).random(rows) < 0.15
        np.save(folder / f"{split}.target.npy", rare.astype(np.int64))
    found = {t["number"]: t for t in run(args, [].append)["trials"]}
    plain, balanced = (np.load(found[n]["answers"])[:, 1].mean() for n in (0, 1))
    assert balanced > plain + 0.1


def test_a_plateau_cuts_the_rate_of_its_own_trial(tmp_path):
    recipe = {**RECIPE, "epochs": 12, "schedule": "plateau", "warmup": 0.0}
    rates = {1: [], 2: []}

    def tell(event):
        if event["event"] == "epoch_done":
            rates[event["trial"]].append(event["learning_rate"])

    trials = [given(1, learning_rate=1e-9), given(2, schedule="constant", learning_rate=1e-9)]
    found = train(tmp_path, tell, recipe=recipe, trials=trials)
    curve = [point["auc"] for point in found[1]["curve"]]
    expected = [1e-9 * Plateau().cut(curve[:epochs]) for epochs in range(12)]
    assert rates[1] == pytest.approx(expected)
    assert min(rates[1]) < 0.4e-9
    assert set(rates[2]) == {1e-9}


def test_dropout_is_scaled_and_stays_below_one():
    nodes = {"d": {"op": "dropout", "params": {"p": 0.3}, "in": {"x": "c"}},
             "s": {"op": "scale", "params": {}, "in": {"x": "d"}}}  # fmt: skip
    document = Network.model_validate({"inputs": {"c": {}}, "nodes": nodes, "outputs": {"y": "s"}})
    dials = {"d.p": 0.3, "s.factor": 2.0}
    assert scaled(dials, document, 2.0) == {"d.p": 0.6, "s.factor": 2.0}
    assert scaled(dials, document, 0) == {"d.p": 0.0, "s.factor": 2.0}
    assert scaled(dials, document, 9.0)["d.p"] == 0.95


@pytest.fixture(scope="module")
def net():
    return NetModule(Network.model_validate(network(units=64)), TYPES, 1)


def test_kaiming_and_xavier_have_their_deviations(net):
    plain = net.initial(3)
    wide = initialise(net, "kaiming", 3)["dense_2.weight"]  # (64, 64)
    assert float(wide.std()) == pytest.approx((2 / 64) ** 0.5, rel=0.05)
    even = initialise(net, "xavier", 3)
    assert float(even["dense_2.weight"].std()) == pytest.approx((2 / 128) ** 0.5, rel=0.05)
    untouched = set(plain) - {"dense_1.weight", "dense_2.weight", "head.weight"}
    assert all(torch.equal(even[n], plain[n]) for n in untouched)


def test_orthogonal_rows_stand_at_right_angles(net):
    for name in ("dense_1.weight", "dense_2.weight", "head.weight"):
        weight = initialise(net, "orthogonal", 3)[name]
        square = weight.mT @ weight if weight.shape[0] > weight.shape[1] else weight @ weight.mT
        torch.testing.assert_close(square, torch.eye(len(square)), rtol=1e-5, atol=1e-5)


def test_zero_last_begins_with_the_same_answer_for_all(net):
    weights = initialise(net, "zero_last", 3)
    assert not weights["head.weight"].any()
    assert not weights["head.bias"].any()
    assert weights["dense_2.weight"].any()


@pytest.mark.parametrize("how", ["default", "kaiming", "xavier", "orthogonal", "zero_last"])
def test_first_weights_are_a_function_of_the_seed(net, how):
    one, again, other = (initialise(net, how, seed) for seed in (1, 1, 2))
    assert all(torch.equal(one[n], again[n]) for n in one)
    assert not torch.equal(one["dense_2.weight"], other["dense_2.weight"])
    assert json.dumps(list(one)) == json.dumps(list(net.initial(1)))


def test_of_epochs_with_equal_scores_the_one_with_the_least_loss_is_kept(tmp_path):
    found = train(tmp_path, recipe={**RECIPE, "epochs": 12, "patience": 3})
    for one in found.values():
        top = [p for p in one["curve"] if p["auc"] == one["metric"]]
        assert one["best_epoch"] == min(top, key=lambda p: p["valid_loss"])["epoch"]
