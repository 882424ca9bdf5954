"""Portable: a fitted baseline as an ONNX graph, exact where it branches; nothing is pickled.

Tables of numbers and category codes go in as the encoder gives them. Linear models need the
default operators only, trees the standard's own tree ensemble (domain ai.onnx.ml).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from danlu.tensor import TensorType

Array = NDArray[Any]
OPSET, TREES_OPSET, IR = 20, 5, 10
TREES_DOMAIN = "ai.onnx.ml"
LESS_OR_EQUAL, MEMBER = 0, 6  # modes of ai.onnx.ml TreeEnsemble
NEVER = -1e30
"""Added to the output of a class the model has not seen: its probability is 0."""


@dataclass(frozen=True)
class Head:
    """How outputs (rows, n) become the task's answer: a value, yes or no, or one of many."""

    form: Literal["value", "yes", "classes"]
    scale: float = 1.0
    mean: float = 0.0


@dataclass
class Graph:
    """Nodes under construction; every name inside begins with ``prefix``."""

    prefix: str
    types: Mapping[str, TensorType]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def add(self, op: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Append a node and return the name of its output."""
        out = f"{self.prefix}/{len(self.nodes)}_{op.lower()}"
        self.nodes.append(
            helper.make_node(op, list(inputs), [out], name=out, domain=domain, **attributes)
        )
        return out

    def constant(self, value: Array, kind: str = "float32") -> str:
        """Keep an array inside the graph and return its name."""
        name = f"{self.prefix}/c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value, kind), name))
        return name

    def table(self) -> str:
        """Lay all inputs side by side: (rows, slots)."""
        names = list(self.types)
        return names[0] if len(names) == 1 else self.add("Concat", *names, axis=1)

    def answer(self, output: str, head: Head) -> bytes:
        """Turn outputs (rows, n) into answers and return the finished file."""
        if head.form == "value":
            scaled = self.add("Mul", output, self.constant(np.array(head.scale)))
            moved = self.add("Add", scaled, self.constant(np.array(head.mean)))
            last = self.add("Squeeze", moved, self.constant(np.array([1]), "int64"))
        elif head.form == "yes":
            yes = self.add("Sigmoid", output)
            no = self.add("Sub", self.constant(np.array(1.0)), yes)
            last = self.add("Concat", no, yes, axis=1)
        else:
            last = self.add("Softmax", output, axis=1)
        return finished(self.types, self.nodes, self.constants, last)


def finished(
    types: Mapping[str, TensorType], nodes: Sequence[onnx.NodeProto],
    constants: Sequence[onnx.TensorProto], last: str,
) -> bytes:  # fmt: skip
    """Return the file whose output "answer" is the tensor ``last``."""
    whole = [*nodes, helper.make_node("Identity", [last], ["answer"], name="answer")]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", *given.shape])
        for name, given in types.items()
    ]
    answer = helper.make_tensor_value_info("answer", TensorProto.FLOAT, None)
    graph = helper.make_graph(whole, "danlu", inputs, [answer], list(constants))
    opsets = [helper.make_opsetid("", OPSET)]
    if any(n.domain == TREES_DOMAIN for n in nodes):
        opsets.append(helper.make_opsetid(TREES_DOMAIN, TREES_OPSET))
    model = helper.make_model(graph, opset_imports=opsets, producer_name="danlu", ir_version=IR)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


@dataclass(frozen=True)
class Linear:
    """A linear model of numbers and of one weight per category; ``out`` numbers a row."""

    numbers: Array
    """Slots that hold numbers."""
    weights: Array
    """(numbers, out)."""
    categories: Array
    """Slots that hold category codes."""
    tables: Array
    """(categories, codes, out); codes beyond the last count as the last."""
    bias: Array
    """(out,)."""


def linear(graph: Graph, model: Linear) -> str:
    """Add a linear model; returns the name of its outputs (rows, out)."""
    table = graph.table()
    total = graph.constant(model.bias)
    if len(model.numbers):
        picked = graph.add("Gather", table, graph.constant(model.numbers, "int64"), axis=1)
        total = graph.add("Add", graph.add("MatMul", picked, graph.constant(model.weights)), total)
    if len(model.categories):
        count, codes, out = model.tables.shape
        picked = graph.add("Gather", table, graph.constant(model.categories, "int64"), axis=1)
        capped = graph.add("Min", picked, graph.constant(np.array(codes - 1)))
        starts = graph.constant(np.arange(count) * codes, "int64")
        places = graph.add("Add", graph.add("Cast", capped, to=TensorProto.INT64), starts)
        rows = graph.constant(model.tables.reshape(-1, out))
        found = graph.add("Gather", rows, places)  # (rows, categories, out)
        added = graph.add("ReduceSum", found, graph.constant(np.array([1]), "int64"), keepdims=0)
        total = graph.add("Add", added, total)
    return total


@dataclass(frozen=True)
class Tree:
    """One tree, node 0 its root; a node with ``leaf`` answers ``value``.

    Elsewhere a row goes left if its slot is one of ``members`` (of a category) or at most
    ``threshold``.
    """

    slot: Array
    threshold: Array
    members: tuple[tuple[int, ...] | None, ...]
    left: Array
    right: Array
    leaf: Array
    value: Array
    out: int
    """Which output it adds to."""


def trees(graph: Graph, forest: Sequence[Tree], bias: Array) -> str:
    """Add the sum of all trees; returns the name of the outputs (rows, outputs)."""
    parts = _Ensemble()
    for tree in forest:
        parts.plant(tree)
    summed = graph.add(
        "TreeEnsemble", graph.table(), domain=TREES_DOMAIN, **parts.attributes(len(bias))
    )
    return graph.add("Add", summed, graph.constant(bias))


class _Ensemble:
    """Arrays of all trees one after the other, as the operator wants them."""

    def __init__(self) -> None:
        self.roots: list[int] = []
        self.slots: list[int] = []
        self.modes: list[int] = []
        self.splits: list[float] = []
        self.yes: list[tuple[int, bool]] = []
        self.no: list[tuple[int, bool]] = []
        self.members: list[float] = []
        self.targets: list[int] = []
        self.weights: list[float] = []

    def plant(self, tree: Tree) -> None:
        """Append a tree; one that is a leaf only gets a root both of whose ways lead to it."""
        start, leaves = len(self.slots), len(self.targets)
        inner = np.flatnonzero(~tree.leaf)
        place = np.zeros(len(tree.leaf), dtype=int)
        place[inner] = start + np.arange(len(inner))
        place[tree.leaf] = leaves + np.arange(int(tree.leaf.sum()))
        self.targets += [tree.out] * int(tree.leaf.sum())
        self.weights += [float(v) for v in tree.value[tree.leaf]]
        self.roots.append(start)
        for node in inner:
            self._branch(tree, int(node), place)
        if not len(inner):
            self._split(0, 0.0, (leaves, True), (leaves, True))

    def _branch(self, tree: Tree, node: int, place: Array) -> None:
        left, right = (
            (int(place[child]), bool(tree.leaf[child]))
            for child in (tree.left[node], tree.right[node])
        )
        members = tree.members[node]
        self._split(int(tree.slot[node]), _below(float(tree.threshold[node])), left, right)
        if members is not None:
            self.modes[-1] = MEMBER
            self.members += [*(float(m) for m in members or (-1,)), float("nan")]

    def _split(
        self, slot: int, threshold: float, yes: tuple[int, bool], no: tuple[int, bool]
    ) -> None:
        self.slots.append(slot)
        self.modes.append(LESS_OR_EQUAL)
        self.splits.append(threshold)
        self.yes.append(yes)
        self.no.append(no)

    def attributes(self, outputs: int) -> dict[str, Any]:
        """Return the operator's attributes."""
        found = {
            "n_targets": outputs, "aggregate_function": 1, "post_transform": 0,
            "tree_roots": self.roots, "nodes_featureids": self.slots,
            "nodes_modes": numpy_helper.from_array(np.array(self.modes, np.uint8)),
            "nodes_splits": _floats(self.splits),
            "nodes_truenodeids": [at for at, _ in self.yes],
            "nodes_trueleafs": [int(leaf) for _, leaf in self.yes],
            "nodes_falsenodeids": [at for at, _ in self.no],
            "nodes_falseleafs": [int(leaf) for _, leaf in self.no],
            "leaf_targetids": self.targets, "leaf_weights": _floats(self.weights),
        }  # fmt: skip
        return found | ({"membership_values": _floats(self.members)} if self.members else {})


def _floats(values: Sequence[float]) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(values, np.float32))


def _below(threshold: float) -> float:
    """Return the largest float32 that is not above: float32 rows then branch as in float64.

    >>> _below(0.30132530629634857) <= 0.30132530629634857  # between two neighbours
    True
    """
    near = np.float32(threshold)
    # As a float32 the threshold itself would be compared rounded.
    return float(np.nextafter(near, np.float32(-np.inf)) if float(near) > threshold else near)
