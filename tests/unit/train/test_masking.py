"""Trials of several sizes in one cohort: each is what it would be alone, and is saved as such."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from danlu.compile.key import family_key, program_key
from danlu.compile.union import Union
from danlu.errors import TrainingError
from danlu.network.blocks.base import library
from danlu.network.graph import Network
from danlu.tensor import Axis, Field, TensorType
from danlu.testing.encoded import FEATURES, cohort_args, network
from danlu.train.job import run

torch.set_num_threads(1)
RECIPE = {"epochs": 2, "batch_size": 64, "patience": 0, "weight_decay": 0.01}
FIELDS = tuple(Field(column=f"c{i}", start=i) for i in range(FEATURES))
TYPES = {"table": TensorType(axes=(Axis(name="features", size=FEATURES),), fields=FIELDS)}


def chain(*nodes, **blocks):
    """Return a document of nodes one after the other, from the table to the head."""
    named = [
        ("columns", {"op": "columns"}),
        *nodes,
        ("head", {"op": "dense", "params": {"units": "target"}}),
    ]
    sources = ["table", *(name for name, _ in named)]
    return {
        "format": "danlu.network", "version": 2, "name": "chain", "inputs": {"table": {}},
        "nodes": {
            name: {**node, "in": {"xs" if node.get("op") == "concat" else "x": source}}
            for source, (name, node) in zip(sources, named, strict=False)
        },
        "blocks": blocks, "outputs": {"y": "head"},
    }  # fmt: skip


def one(op, **params):
    return {"op": op, "params": params}


LAYER = {
    "params": {"width": 8, "p": 0.2}, "inputs": ["x"], "output": "sum",
    "nodes": {
        "norm": {"op": "layer_norm", "in": {"x": "x"}},
        "dense": {"op": "dense", "params": {"units": {"var": "width"}}, "in": {"x": "norm"}},
        "act": {"op": "activation", "params": {"kind": "gelu"}, "in": {"x": "dense"}},
        "drop": {"op": "dropout", "params": {"p": {"var": "p"}}, "in": {"x": "act"}},
        "sum": {"op": "add", "in": {"xs": ["drop", "x"]}},
    },
}  # fmt: skip
STACK = chain(
    ("stem", one("dense", units=8)),
    ("tower", {"block": "layer", "params": {"width": 8}, "repeat": 2}),
    layer=LAYER,
)
SWITCHES = chain(
    ("dense_1", one("dense", units=8)), ("act_1", one("activation")), ("drop_1", one("dropout")),
    ("dense_2", one("dense", units=8)), ("act_2", one("activation")), ("drop_2", one("dropout")),
)  # fmt: skip


def sizes(width, times=1):
    return {"stem.units": width, "tower.width": width, "tower.repeat": times}


def switched(width, *, on):
    nodes = ("dense_2", "act_2", "drop_2")
    return {"dense_1.units": width, "dense_2.units": width, **{f"{n}.enabled": on for n in nodes}}


IMAGES = chain(
    ("image", one("reshape", to=[2, 2, 2])),
    ("stem", one("conv2d", channels=8, kernel=1, bias=False)),
    ("norm", one("group_norm", groups=2)),
    ("res", {"block": "residual", "params": {"channels": 8}, "repeat": 2}),
    ("around", one("depthwise_conv2d", kernel=1)),
    ("drop", one("dropout", p=0.2)),
    ("flat", one("flatten")),
    **library("residual"),
)
TOKENS = chain(
    ("words", one("reshape", to=[4, 2])),
    ("embed", one("dense", units=8)),
    ("order", one("positional_encoding")),
    ("layer", {"block": "transformer_encoder_layer", "params": {"units": 8, "heads": 2}}),
    ("read", one("gru", units=4, direction="both")),
    ("drop", one("dropout", p=0.2)),
    **library("transformer_encoder_layer"),
)


def pictures(channels, times, multiplier=1):
    return {"stem.channels": channels, "res.channels": channels, "res.repeat": times,
            "around.multiplier": multiplier}  # fmt: skip


def words(units, state, expand=2):
    return {"embed.units": units, "layer.units": units, "layer.expand": expand, "read.units": state}


CASES = {
    "images": (IMAGES, [pictures(4, 2), pictures(6, 1, 2), pictures(10, 3)]),
    "tokens": (TOKENS, [words(4, 3), words(8, 5), words(6, 2, 3)]),
    "plain": (network(), [{"dense_1.units": 5, "dense_2.units": 9, "drop_1.p": 0.3},
                          {"dense_1.units": 12, "dense_2.units": 3}]),
    "repeat": (STACK, [sizes(4), sizes(6, 3), sizes(9, 2), sizes(5, 3)]),
    "enabled": (SWITCHES, [switched(6, on=False), switched(4, on=True), switched(9, on=False)]),
}  # fmt: skip


def train(folder, document, values, **changes):
    trials = [
        {"number": n, "seed": 40 + n, "values": {"recipe.learning_rate": 4e-3 * (1 + n), **v}}
        for n, v in values.items()
    ]
    args = {"network": document, "recipe": RECIPE, "trials": trials, "together": None, **changes}
    return {t["number"]: t for t in run(cohort_args(folder, **args), [].append)["trials"]}


def losses(one):
    return np.array([[point["loss"], point["valid_loss"]] for point in one["curve"]])


@pytest.fixture(scope="module", params=CASES)
def case(request, tmp_path_factory):
    document, values = CASES[request.param]
    together = train(tmp_path_factory.mktemp("all"), document, dict(enumerate(values)))
    return document, values, together


def test_a_row_equals_the_trial_alone(tmp_path, case):
    document, values, together = case
    for number, mine in enumerate(values):
        alone = train(tmp_path / str(number), document, {number: mine})[number]
        np.testing.assert_allclose(losses(together[number]), losses(alone), rtol=1e-5)
        saved, wanted = load_file(together[number]["weights"]), load_file(alone["weights"])
        assert saved.keys() == wanted.keys()
        for name, tensor in wanted.items():
            # What is added to all keys has no effect, so its gradient is nothing but rounding.
            least = 1e-4 if name.endswith("in_proj_bias") else 1e-5
            torch.testing.assert_close(saved[name], tensor, rtol=1e-4, atol=least)


def test_one_by_one_each_runs_at_its_own_size(tmp_path, case):
    document, values, together = case
    single = train(tmp_path, document, dict(enumerate(values)), together=1)
    for number in range(len(values)):
        np.testing.assert_allclose(losses(single[number]), losses(together[number]), rtol=1e-5)


def test_keys_of_one_family_hold_several_programs(case):
    document, values, _ = case
    networks = [Network.model_validate(document).with_values(v) for v in values]
    assert len({family_key(n) for n in networks}) == 1
    assert len({program_key(n) for n in networks}) == len(networks)
    assert len({program_key(n) for n in networks}) > 1


def test_what_is_no_part_starts_at_zero(case):
    document, values, _ = case
    networks = [Network.model_validate(document).with_values(v) for v in values]
    union = Union(networks, TYPES, 2)
    part = union.parts[0]
    weights = part.net.initial(3)
    filled = union.fill(part, weights)
    again = union.crop(part, filled)
    assert all(torch.equal(again[n], t) for n, t in weights.items())
    assert sum(t.count_nonzero() for t in filled.values()) == sum(
        t.count_nonzero() for t in weights.values()
    )


def test_resuming_masked_trials_is_exact(tmp_path):
    document, values = CASES["repeat"]
    many = dict(enumerate(values))
    long = {**RECIPE, "epochs": 4}
    whole = train(tmp_path / "whole", document, many, recipe=long)
    again = train(tmp_path / "whole", document, many, recipe=long)
    assert {n: t["curve"] for n, t in whole.items()} == {n: t["curve"] for n, t in again.items()}


def test_another_kind_of_node_is_another_family():
    base = Network.model_validate(network())
    assert family_key(base) != family_key(base.with_values({"act_1.kind": "tanh"}))


def test_sizes_that_an_op_cannot_take_are_refused():
    cut = chain(("dense_1", one("dense", units=8)), ("cut", {"op": "slice", "params": {"end": 3}}))
    base = Network.model_validate(cut)
    networks = [base, base.with_values({"dense_1.units": 4})]
    with pytest.raises(TrainingError, match="'cut'"):
        Union(networks, TYPES, 2)
