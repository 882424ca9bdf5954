"""Every op that may be part of a larger one keeps what it says: a trial is what it is alone."""

import functools
import re
from pathlib import Path

import pytest
import torch

from danlu.compile.union import Union
from danlu.errors import NetworkError, TrainingError
from danlu.network.graph import Network
from danlu.network.ops.base import ops, trace
from danlu.params import role_of
from danlu.tasks.base import load as load_task
from danlu.tensor import TensorType
from danlu.testing.encoded import TASK
from danlu.testing.ops import TABLE, choices, draw, given, variants
from danlu.train.batches import Rows
from danlu.train.noise import keys
from danlu.train.step import Given, Step, Stepper

torch.set_num_threads(1)
INPUTS = {
    "table": TABLE,
    "plain": TensorType.of("features=5"),
    "sequence": TensorType.of("length=6, features=4"),
    "edges": TensorType.of("length=6, features=6"),
    "tokens": TensorType.of("length=6", dtype="int64"),
    "image": TensorType.of("channels=2, height=8, width=8"),
}
ROWS = 12
SMALL, LARGE = 4, 8
"""Widths of what an op reads, twice if it reads two layers side by side."""
LITTLE, MUCH = 3, 7
"""What an op's own sizes are, unless these say otherwise."""
SIZES = {"heads": (2, 4), "groups": (2, 4), "start": (0.1, 0.3), "carry": (1.0, 3.0)}
LEADS = {
    ("features",): ("plain", "dense", "units"),
    ("length", "features"): ("sequence", "dense", "units"),
    ("channels", "height", "width"): ("image", "conv2d", "channels"),
    ("members", "features"): ("plain", "batch_ensemble", "units"),
}
"""By axes: what a layer of variable width reads, its op, and what its width is called."""
FILLED = {name: kind for name, kind in ops().all().items() if kind.on_fill != "refuses"}
CASES = [
    (name, number, choice, joined)
    for name, kind in FILLED.items()
    for number, op in enumerate(variants(kind))
    for choice in range(choices(op) if number == 0 else 1)
    for joined in ((False, True) if number == choice == 0 else (number == 0,))
]


class Host:
    """A network in which an op reads layers of variable width, in two sizes."""

    def __init__(self, name, number, choice, *, joined):
        self.op = variants(ops().get(name))[number]
        self.nodes, self.values, self.joined = {}, ({}, {}), joined
        types = given(self.op, choice)
        self.gives = trace(self.op, types, head=1).type
        read = {port.name: [self.source(port, t) for t in types[port.name]]
                for port in self.op.ports}  # fmt: skip
        ends = {p.name: read[p.name] if p.many else read[p.name][0]
                for p in self.op.ports if read[p.name]}  # fmt: skip
        self.nodes["it"] = {"op": name, "params": self.op.model_dump(mode="json"), "in": ends}
        for field in self.op.maskable:
            if number > 0 and field in SIZES:
                continue  # then only what it reads differs
            sizes = SIZES.get(field, (LITTLE, MUCH))
            for values, value in zip(self.values, sizes, strict=True):
                if getattr(self.op, field):  # 0 = there is none
                    values[f"it.{field}"] = value

    def source(self, port, kind):
        """Return what has a type like this one: an input, or a layer."""
        if port.wants in ("table", "categories") or (port.wants == "indices" and kind.fields):
            return "table"
        if port.wants == "adjacency":
            return "edges"
        if kind.dtype == "int64":
            return "tokens"
        axes = tuple(a.name for a in kind.axes)
        name = f"lead_{len(axes)}"
        if not self.joined or axes[0] == "members":
            return self.layer(name, axes, twice=1)
        both = [self.layer(f"{name}_{way}", axes, twice=0) for way in "ab"]
        self.nodes[name] = {"op": "concat", "in": {"xs": both}}
        return name

    def layer(self, name, axes, *, twice):
        source, op, width = LEADS[axes]
        params = {"kernel": 1} if op == "conv2d" else {}
        self.nodes[name] = {"op": op, "params": params, "in": {"x": source}}
        for values, value in zip(self.values, (SMALL, LARGE), strict=True):
            values[f"{name}.{width}"] = value << twice
        return name

    def networks(self):
        """Return both; the head reads whatever the op gives."""
        is_flat = [a.name for a in self.gives.axes] in (["features"], ["members", "features"])
        flat = {"op": "global_pool" if self.gives.masked else "flatten", "in": {"x": "it"}}
        more = {} if is_flat else {"flat": flat}
        head = {"op": "dense", "params": {"units": "target"}, "in": {"x": [*more, "it"][0]}}
        base = Network.model_validate({
            "format": "danlu.network", "version": 2, "name": "host",
            "inputs": {name: {} for name in INPUTS},
            "nodes": {**self.nodes, **more, "head": head}, "outputs": {"y": "head"},
        })  # fmt: skip
        return [base.with_values(values) for values in self.values]


@functools.cache
def union_of(case):
    """Return both trials as one; None where an op says that this cannot be."""
    name, number, choice, joined = case
    try:
        return Union(Host(name, number, choice, joined=joined).networks(), INPUTS, 1)
    except (NetworkError, TrainingError):
        return None


def gradients(net, tensors, marks, noise):
    """Return loss and gradients of one trial, or of a stack of them."""
    inputs = {n: draw(kind, seed=i, rows=ROWS) for i, (n, kind) in enumerate(INPUTS.items())}
    batch = Rows(inputs, torch.arange(ROWS) % 2)
    buffers = {name for name, _ in net.named_buffers()}
    params = {n: t for n, t in tensors.items() if n not in buffers}
    state = {n: t for n, t in tensors.items() if n in buffers}
    step = Stepper(Step(net, load_task(TASK)), traced=False)
    found = step.run(params, state, Given({}, marks), noise, batch, stays=False)
    after = dict(zip(state, found.buffers, strict=True))
    return found.losses, dict(zip(params, found.grads, strict=True)), after


@pytest.mark.parametrize("case", CASES, ids=lambda c: "-".join(str(part) for part in c))
def test_a_part_learns_what_it_learns_alone(case):
    union = union_of(case)
    if union is None:  # its op says so; that none says so always is the test below
        return
    noise = keys([3, 4], [7])[0]
    starts = [
        {**p.net.initial(n), **dict(p.net.named_buffers())} for n, p in enumerate(union.parts)
    ]
    filled = [union.fill(p, start) for p, start in zip(union.parts, starts, strict=True)]
    stack = {n: torch.stack([f[n] for f in filled]) for n in filled[0]}
    losses, grads, after = gradients(union.net, stack, union.marks, noise)
    rows = list(enumerate(zip(union.parts, starts, strict=True)))
    for row, (part, start) in rows if case[1] == 0 else rows[:1]:  # the smaller one
        loss, alone, buffers = gradients(part.net, start, {}, noise[row])
        torch.testing.assert_close(losses[row], loss, rtol=1e-5, atol=1e-6)
        whole = {**stack, **grads, **after}
        mine = union.crop(part, {n: t[row] for n, t in whole.items()})
        for weight, wanted in {**alone, **buffers}.items():
            torch.testing.assert_close(mine[weight], wanted, rtol=1e-4, atol=2e-6)
        total = sum(float(g[row].abs().sum()) for g in grads.values())
        real = sum(float(g.abs().sum()) for g in alone.values())
        assert total == pytest.approx(real, rel=1e-4, abs=1e-5)  # nothing where it has nothing


@pytest.mark.parametrize("name", FILLED)
def test_what_an_op_declares_can_be(name):
    made = [union for case in CASES if case[0] == name and (union := union_of(case)) is not None]
    assert made
    sizes = {
        field for union in made for field in FILLED[name].maskable
        if len({getattr(part.ops["it"], field) for part in union.parts}) > 1
    }  # fmt: skip
    assert sizes == set(FILLED[name].maskable)


def test_whoever_can_be_masked_says_what_it_does_with_zeros():
    assert {n for n, kind in ops().all().items() if kind.maskable} <= set(FILLED)


def test_the_page_lists_every_size_that_is_masked_and_every_one_that_splits():
    page = (Path(__file__).parents[2] / "docs/decisions/masking.md").read_text("utf-8")
    masked, splits = (page.split(title)[1].split("\n## ")[0]
                      for title in ("## What is masked", "## What splits, and why"))  # fmt: skip
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", masked, re.MULTILINE)
    assert {op: set(re.findall(r"`(\w+)`", fields)) for op, fields in rows} == {
        name: set(kind.maskable) for name, kind in ops().all().items() if kind.maskable
    }
    assert sorted(re.findall(r"`(\w+\.\w+)`", splits.split("\n\n")[1])) == sorted(
        f"{name}.{field}" for name, kind in ops().all().items() for field in kind.model_fields
        if role_of(kind, field) == "size" and field not in kind.maskable
    )  # fmt: skip
