"""Sketch: a network drawn step by step from another program's graph of tensors.

Shapes leave out the rows. A value may lie in our layout while the graph sees another one (axes
turned round, one more axis of size 1): nothing is written for that until a step has to have it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from danlu.errors import NetworkError
from danlu.network.graph import RECIPE, Json, Network
from danlu.tensor import Axis, Dtype, TensorType

Shape = tuple[int, ...]
Array = np.ndarray[Any, Any]
AXES = {1: ("features",), 2: ("length", "features"), 3: ("channels", "height", "width")}
LONGEST = 64  # letters of a name


@dataclass(frozen=True)
class Value:
    """A tensor of the graph: which node gives it, and how the graph sees what that node gives."""

    node: str
    ours: Shape
    theirs: Shape
    turned: bool = False
    """Whether theirs is ours with its two axes changed."""


class Unmapped(NamedTuple):
    """A step that no op of ours does; it stands in the network under its own name."""

    op: str
    node: str
    why: str


class Misfit(Exception):  # noqa: N818  # never leaves an importer
    """Why a step cannot be drawn."""


class Sketch:
    """Nodes, weights and input types so far; every method draws one step and returns its value."""

    def __init__(self) -> None:
        self.types: dict[str, TensorType] = {}
        self.nodes: dict[str, Json] = {}
        self.shapes: dict[str, Shape] = {}
        self.weights: dict[str, Array] = {}
        self.missing: list[Unmapped] = []
        self._straight: dict[Value, Value] = {}

    def input(self, name: str, shape: Sequence[int | None], dtype: Dtype = "float32") -> Value:
        """Draw an input; tokens are whole numbers along a length."""
        sizes = tuple(s for s in shape if s)
        if len(sizes) < len(shape) or len(sizes) not in AXES:
            raise NetworkError(
                f"its shape is {tuple(shape)} a row", code="import_shape",
                where=f"input '{name}'", do="Export it with 1 to 3 axes of fixed size a row.",
                input=name,
            )  # fmt: skip
        names = ("length",) if dtype == "int64" and len(sizes) == 1 else AXES[len(sizes)]
        axes = tuple(Axis(name=n, size=s) for n, s in zip(names, sizes, strict=True))
        own = self.fresh(name)
        self.types[own] = TensorType(axes=axes, dtype=dtype)
        self.shapes[own] = sizes
        return Value(own, sizes, sizes)

    def fresh(self, wanted: str) -> str:
        """Return a name that is legal and not taken."""
        plain = re.sub(r"[^a-z0-9]+", "_", wanted.lower()).strip("_")[:LONGEST]
        stem = plain if re.match("[a-z]", plain) and plain != RECIPE else f"n_{plain}".rstrip("_")
        name, count = stem, 1
        while name in self.nodes or name in self.types:
            count += 1
            name = f"{stem[: LONGEST - 6]}_{count}"
        return name

    def step(
        self, op: str, name: str, reads: Mapping[str, Value | Sequence[Value]], ours: Shape,
        params: Json | None = None, weights: Mapping[str, Array | None] | None = None,
    ) -> Value:  # fmt: skip
        """Draw a node as it stands."""
        own = self.fresh(name)
        edges = {
            port: given.node if isinstance(given, Value) else [v.node for v in given]
            for port, given in reads.items()
        }
        self.nodes[own] = {"op": op, "params": params or {}, "in": edges}
        self.shapes[own] = ours
        for tensor, array in (weights or {}).items():
            if array is not None:
                self.weights[f"{own}.{tensor}"] = np.ascontiguousarray(array, np.float32)
        return Value(own, ours, ours)

    def unknown(self, op: str, name: str, reads: Sequence[Value], theirs: Shape, why: str) -> Value:
        """Draw what we have no op for."""
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", op)
        ports: dict[str, Any] = {"x": reads[0]} if len(reads) == 1 else {"xs": reads}
        kind = f"{re.sub(r'[^a-z0-9]+', '_', snake.lower())}_unmapped"
        value = self.step(kind, name, ports if reads else {}, theirs)
        self.missing.append(Unmapped(op, value.node, why))
        return value

    def straight(self, x: Value) -> Value:
        """Return x in the layout that the graph sees."""
        if x.ours == x.theirs and not x.turned:
            return x
        if x not in self._straight:
            self._straight[x] = self._laid(x)
        return self._straight[x]

    def _laid(self, x: Value) -> Value:
        if x.turned:
            return self.step("permute", f"{x.node}_turned", {"x": x}, x.theirs, {"order": [2, 1]})
        if len(x.theirs) == 1:
            return self.step("flatten", "flatten", {"x": x}, x.theirs)
        if len(x.theirs) not in AXES:
            raise Misfit(f"{len(x.theirs)} axes a row")
        return self.step("reshape", "reshape", {"x": x}, x.theirs, {"to": list(x.theirs)})

    def turned(self, x: Value) -> Value:
        """Return x, channels first to the graph, as our sequence: length first."""
        if x.turned:
            return x
        straight = self.straight(x)
        return replace(self.straight(self.permute(straight, (2, 1))), theirs=x.theirs, turned=True)

    def permute(self, x: Value, order: Sequence[int]) -> Value:
        """Change axes, numbered from 1; two axes are turned without a node."""
        if list(order) == sorted(order):
            return x
        theirs = tuple(x.theirs[i - 1] for i in order)
        if len(order) == 2 and (x.turned or x.ours == x.theirs):
            return replace(x, theirs=theirs, turned=not x.turned)
        straight = self.straight(x)
        return self.step("permute", "permute", {"x": straight}, theirs, {"order": list(order)})

    def reshape(self, x: Value, theirs: Shape) -> Value:
        """See x with other sizes."""
        if math.prod(theirs) != math.prod(x.theirs):
            raise Misfit(f"{x.theirs} cannot become {theirs} within a row")
        if theirs == x.theirs:
            return x
        x = self.straight(x) if x.turned else x
        return replace(x, theirs=theirs)

    def network(self, name: str, outputs: Mapping[str, Value]) -> Network:
        """Return the network that leads to ``outputs``; what does not is dropped."""
        ends = {key: self.straight(value).node for key, value in outputs.items()}
        used, waiting = set[str](), [*ends.values()]
        while waiting:
            one = waiting.pop()
            if one in self.nodes and one not in used:
                used.add(one)
                for edges in self.nodes[one]["in"].values():
                    waiting += [edges] if isinstance(edges, str) else edges
        self.nodes = {key: node for key, node in self.nodes.items() if key in used}
        self.missing = [one for one in self.missing if one.node in used]
        self.weights = {k: w for k, w in self.weights.items() if k.split(".")[0] in used}
        return Network.model_validate(
            {"name": name, "inputs": {key: {} for key in self.types}, "nodes": self.nodes,
             "outputs": ends}
        )  # fmt: skip
