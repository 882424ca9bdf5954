"""Trials of several sizes in one cohort: each is what it would be alone, and is saved as such."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from danlu.compile.key import family_key, program_key
from danlu.compile.module import NetModule
from danlu.compile.union import Union
from danlu.errors import NetworkError, TrainingError
from danlu.network.graph import Network
from danlu.network.ops.base import ops
from danlu.tasks.base import load as load_task
from danlu.tensor import Axis, Field, TensorType
from danlu.testing.encoded import FEATURES, TASK, cohort_args, network
from danlu.train.batches import Rows
from danlu.train.job import run
from danlu.train.noise import keys
from danlu.train.step import Given, Step, Stepper

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


CASES = {
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
            torch.testing.assert_close(saved[name], tensor, rtol=1e-4, atol=1e-5)


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


def host(name):
    """Return a network in which an op reads a layer of variable size, and what may vary."""
    kind = ops().get(name)
    nodes = {
        "columns": {"op": "columns", "in": {"x": "table"}},
        "lead": {"op": "dense", "params": {"units": 8}, "in": {"x": "columns"}},
        "it": {"op": name, "in": {
            port.name: (["columns", "lead"] if kind.on_fill == "last" else ["lead", "lead"])
            if port.many else "lead"
            for port in kind.ports
        }},
        "head": {"op": "dense", "params": {"units": "target"}, "in": {"x": "it"}},
    }  # fmt: skip
    document = {
        "format": "danlu.network", "version": 2, "name": "host", "inputs": {"table": {}},
        "nodes": nodes, "outputs": {"y": "head"},
    }  # fmt: skip
    sizes = [{"lead.units": 5, **{f"it.{size}": 3 for size in kind.maskable}},
             {"lead.units": 9, **{f"it.{size}": 7 for size in kind.maskable}}]  # fmt: skip
    base = Network.model_validate(document)
    return [base.with_values(values) for values in sizes]


def takes_vectors(name):
    try:
        NetModule(host(name)[0], TYPES, 1)
    except NetworkError:
        return False
    return True


SAID = [n for n, kind in ops().all().items() if kind.on_fill != "refuses"]
MASKED = [n for n in SAID if takes_vectors(n)]


def test_whoever_can_be_masked_says_what_it_does_with_zeros():
    assert {n for n, kind in ops().all().items() if kind.maskable} <= set(SAID)
    assert {"dense", "dropout", "layer_norm", "batch_norm", "concat", "add"} <= set(MASKED)


def gradients(net, tensors, given, noise):
    """Return loss and gradients of one trial, or of a stack of them."""
    draw = torch.Generator().manual_seed(2)
    batch = Rows(
        {"table": torch.randn(16, FEATURES, generator=draw)},
        torch.randint(0, 2, (16,), generator=draw),
    )
    buffers = {name for name, _ in net.named_buffers()}
    params = {n: t for n, t in tensors.items() if n not in buffers}
    state = {n: t for n, t in tensors.items() if n in buffers}
    step = Stepper(Step(net, load_task(TASK)), traced=False)
    found = step.run(params, state, Given({}, given), noise, batch, stays=False)
    return found.losses, dict(zip(params, found.grads, strict=True))


@pytest.mark.parametrize("name", MASKED)
def test_an_op_keeps_what_it_says_about_zeros(name):
    networks = host(name)
    union = Union(networks, TYPES, 1)
    noise = keys([3, 4], [7])[0]
    starts = [
        {**p.net.initial(n), **dict(p.net.named_buffers())} for n, p in enumerate(union.parts)
    ]
    filled = [union.fill(p, start) for p, start in zip(union.parts, starts, strict=True)]
    stack = {n: torch.stack([f[n] for f in filled]) for n in filled[0]}
    losses, grads = gradients(union.net, stack, union.marks, noise)
    for row, (part, start) in enumerate(zip(union.parts, starts, strict=True)):
        loss, alone = gradients(part.net, start, {}, noise[row])
        torch.testing.assert_close(losses[row], loss, rtol=1e-5, atol=1e-6)
        mine = union.crop(part, {**stack_of(stack, row), **stack_of(grads, row)})
        for weight, grad in alone.items():
            torch.testing.assert_close(mine[weight], grad, rtol=1e-4, atol=1e-6)
        total = sum(float(g[row].abs().sum()) for g in grads.values())
        real = sum(float(g.abs().sum()) for g in alone.values())
        assert total == pytest.approx(real, rel=1e-4, abs=1e-6)  # nothing beyond the ends


def stack_of(stack, row):
    return {n: t[row] for n, t in stack.items()}


def test_sizes_that_an_op_cannot_take_are_refused():
    joined = chain(("dense_1", one("dense", units=8)))
    joined["nodes"]["both"] = {"op": "concat", "in": {"xs": ["dense_1", "columns"]}}
    joined["nodes"]["head"]["in"] = {"x": "both"}
    base = Network.model_validate(joined)
    networks = [base, base.with_values({"dense_1.units": 4})]
    with pytest.raises(TrainingError, match="'both'"):
        Union(networks, TYPES, 2)
