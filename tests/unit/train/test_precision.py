"""bf16: products round, weights and sums do not; a row of a cohort is still its trial alone."""

import json
from functools import partial

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from sklearn.datasets import load_digits
from torch.func import vmap

from danlu.network.ops.base import Live, ops
from danlu.tensor import Axis, TensorType
from danlu.testing.encoded import TASK, cohort_args, network, trial
from danlu.testing.ops import Stand, variants
from danlu.train.device import Device
from danlu.train.job import CohortArgs, run
from danlu.train.noise import keys, uniform
from danlu.train.recipe import Recipe

ROUNDED = Device("cpu", "bf16")
RECIPE = {"epochs": 3, "batch_size": 64, "patience": 0, "device": "cpu", "precision": "bf16"}


def train(folder, **changes):
    args = cohort_args(folder, **{"recipe": RECIPE, **changes})
    return {t["number"]: t for t in run(args, lambda _event: None)["trials"]}


def losses(one):
    return np.array([[point["loss"], point["valid_loss"]] for point in one["curve"]])


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    return train(tmp_path_factory.mktemp("three"))


def test_a_row_equals_the_trial_alone_as_far_as_it_rounds(tmp_path, three):
    alone = train(tmp_path, trials=[trial(1)])[1]
    np.testing.assert_allclose(losses(alone), losses(three[1]), rtol=2e-2)


def test_products_round_and_weights_do_not(tmp_path, three):
    exact = train(tmp_path, recipe={**RECIPE, "precision": "float32"})
    assert not np.array_equal(losses(exact[1]), losses(three[1]))
    np.testing.assert_allclose(losses(exact[1]), losses(three[1]), rtol=5e-2)
    weights = load_file(three[1]["weights"]).values()
    assert all(w.dtype == torch.float32 for w in weights)
    assert any(not torch.equal(w, w.bfloat16().float()) for w in weights)


def test_a_plain_program_rounds_as_a_recorded_one(tmp_path, monkeypatch, three):
    monkeypatch.setattr("danlu.train.job.TRACED_FROM", 1 << 30)
    np.testing.assert_allclose(losses(train(tmp_path)[1]), losses(three[1]), rtol=2e-2)


def test_digits_are_learnt(tmp_path):
    digits = load_digits()
    x, y = (digits.data / 16).astype(np.float32), digits.target.astype(np.int64)
    folder = tmp_path / "digits"
    folder.mkdir()
    for split, rows in (("train", slice(0, 1400)), ("valid", slice(1400, None))):
        np.save(folder / f"{split}.table.npy", x[rows])
        np.save(folder / f"{split}.target.npy", y[rows])
    table = TensorType(axes=(Axis(name="features", size=64),))
    (folder / "meta.json").write_text(json.dumps({"types": {"table": table.model_dump()}}))
    task = {**TASK, "classes": list(range(10)), "labels_are": "number"}
    document = network(units=64)
    document["nodes"]["dense_1"]["in"] = {"x": "table"}
    del document["nodes"]["columns"]
    trials = [{"number": n, "seed": n, "values": {"recipe.learning_rate": 3e-3}} for n in range(2)]
    found = train(
        tmp_path, encoded=str(folder), task=task, network=document, trials=trials,
        recipe={**RECIPE, "epochs": 10},
    )  # fmt: skip
    assert min(one["metric"] for one in found.values()) > 0.9


def test_another_precision_is_another_result(tmp_path):
    args = CohortArgs.model_validate(cohort_args(tmp_path))
    assert len({args.key(), args.key(ROUNDED), args.key(Device("cuda"))}) == 3


def test_a_recipe_may_ask_for_it():
    assert Device.of(Recipe(device="cpu", precision="bf16")) == ROUNDED
    assert Device.of(Recipe(device="cpu")).precision == "float32"


@pytest.mark.parametrize("kind", ops().names())
def test_every_op_trains_in_it(kind):
    stand = Stand(variants(ops().get(kind))[0])
    inputs = [t.bfloat16() if t.is_floating_point() else t for t in stand.tensors]

    def loss(own, key, *, fused):
        extra = []
        live = Live(
            training=True, draw=lambda node, shape: uniform(key, node, shape), fused=fused,
            penalise=lambda _, value: extra.append(value),
        )  # fmt: skip
        with ROUNDED.forwards():
            out = stand.run(own, live, inputs)
        return sum((e.float() for e in extra), out.float().square().mean())

    key = keys([1, 2], [0])[0]
    alone = {n: w.requires_grad_() for n, w in stand.weights(0).items()}
    losses = [loss(alone, key[0], fused=False)]
    if stand.op.fusible:
        stacks = {n: torch.stack([w, w]) for n, w in alone.items()}
        axes = (0 if stacks else None, 0)
        losses += vmap(partial(loss, fused=True), in_dims=axes)(stacks, key).unbind()
        assert losses[1].item() == pytest.approx(losses[0].item(), rel=0.05, abs=0.05)
    if alone:
        grads = torch.autograd.grad(sum(losses), list(alone.values()), allow_unused=True)
        assert {g.dtype for g in grads if g is not None} <= {torch.float32}
    assert torch.isfinite(sum(losses))
