"""ONNX step: one node of such a graph, with what its inputs have become so far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from onnx import helper
from onnx.reference import ReferenceEvaluator

from danlu.network.sketching.sketch import Array, Misfit, Shape, Sketch, Value
from danlu.network.sketching.strokes import Windows

MOST_NUMBERS = 2**26  # in constants that are counted with
FOLDED = frozenset({
    "Slice", "Concat", "Unsqueeze", "Squeeze", "Reshape", "Transpose", "Gather", "Cast", "Mul",
    "Add", "Sub", "Div", "Neg", "Sqrt", "Identity", "Flatten",
})  # fmt: skip
"""What is worked out at once if it only reads constants."""
SPREAD = ("Mul", "Add", "Sub", "Div")


@dataclass(frozen=True)
class Sideways:
    """A sequence whose rows are not the first axis: (length, rows, ...)."""

    value: Value
    last: Value | None = None
    """The last state alone; only of what a recurrent layer gives."""


@dataclass(frozen=True)
class Zeros:
    """Zeros of some size, as a recurrent layer starts with."""


Held = Value | Array | Sideways | Zeros | None
"""A tensor: of the network, a constant, length first, or one that only says sizes."""


@dataclass
class Scene:
    """What is known of a graph while it is gone over."""

    sketch: Sketch
    held: dict[str, Held]
    """What each tensor has become."""
    shapes: dict[str, tuple[int | None, ...]]
    """Sizes without the rows, as far as they are known."""
    readers: dict[str, int] = field(default_factory=dict)
    """How many nodes read each tensor."""


class Step:
    """One node of the graph: its attributes, and what its inputs have become."""

    def __init__(self, scene: Scene, node: Any) -> None:
        self.scene, self.sketch, self.node, self.kind = scene, scene.sketch, node, node.op_type
        self.given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        self.reads = [scene.held.get(name) for name in node.input]
        self.name = _name(node)

    def x(self, place: int = 0) -> Value:
        """Return an input that the network computes."""
        found = self.reads[place]
        if not isinstance(found, Value):
            raise Misfit("a constant where the network should be")
        return found

    def constant(self, place: int, attribute: str = "") -> Array | None:
        """Return an input that is a constant, or an attribute; None if neither is there."""
        if attribute and attribute in self.given:
            return np.asarray(self.given[attribute])
        found = self.reads[place] if place < len(self.reads) and self.node.input[place] else None
        if found is not None and not isinstance(found, np.ndarray):
            raise Misfit("a weight that is computed")
        return found

    def weight(self, place: int) -> Array:
        """Return a constant that has to be there."""
        found = self.constant(place)
        if found is None:
            raise Misfit("a weight that is computed")
        return found

    def numbers(self, place: int, attribute: str) -> list[int] | None:
        """Return whole numbers, from an input or an attribute."""
        found = self.constant(place, attribute)
        return None if found is None else [int(n) for n in found.reshape(-1)]

    def is_zero(self, place: int) -> bool:
        """Return whether an input is left out, or nothing but zeros."""
        if place >= len(self.reads) or not self.node.input[place]:
            return True
        found = self.reads[place]
        return isinstance(found, Zeros) or (isinstance(found, np.ndarray) and not found.any())

    def folded(self) -> Held:
        """Return what arithmetic on constants comes to; None if that is not to be known."""
        if any(isinstance(r, Zeros) for r in self.reads[:1]):
            return Zeros()
        given = [r for r in self.reads if isinstance(r, np.ndarray)]
        if len(given) < len(self.reads) or self._largest(given) > MOST_NUMBERS:
            return None
        feeds = dict(zip(self.node.input, given, strict=True))
        outputs = cast("list[Array]", ReferenceEvaluator(self.node).run(None, feeds))
        return outputs[0]

    def _largest(self, given: Sequence[Array]) -> int:
        """Bound the size of what comes out: one side may be spread over the other."""
        sizes = [r.size for r in given]
        if self.kind == "Gather":
            return math.prod(sizes)
        shapes = [r.shape for r in given] if self.kind in SPREAD else []
        return max(math.prod(np.broadcast_shapes(*shapes)), sum(sizes))

    def windows(self, kernel: Sequence[int], *, pool: bool = False) -> Windows:
        """Return how kernels slide."""
        rank = len(kernel)
        stride = tuple(self.given.get("strides", [1] * rank))
        dilation = tuple(self.given.get("dilations", [1] * rank))
        pads = tuple(self.given.get("pads", [0] * 2 * rank))
        auto = self.given.get("auto_pad", b"NOTSET")
        found = Windows(tuple(kernel), stride, pads[:rank], pads[rank:], dilation)
        if auto == b"SAME_UPPER" and set(stride) == {1}:
            spans = found.spans
            before, after = tuple((s - 1) // 2 for s in spans), tuple(s // 2 for s in spans)
            return found._replace(before=before, after=after)
        if auto not in (b"NOTSET", b"VALID", b"") or (pool and self.given.get("ceil_mode")):
            raise Misfit("padding that depends on the size")
        return found

    def size(self) -> Shape | None:
        """Return the sizes of the output without the rows, if they are known."""
        found = self.scene.shapes.get(self.node.output[0], ())
        return tuple(s for s in found if s) if found and all(found) else None

    def unknown(self, why: str) -> Held:
        """Draw a node without an op; of sizes and constants nothing is drawn."""
        held = [r.value if isinstance(r, Sideways) else r for r in self.reads]
        reads = [r for r in held if isinstance(r, Value)]
        if not reads:
            return None
        return self.sketch.unknown(self.kind, self.name, reads, self.size() or reads[0].theirs, why)


def _name(node: Any) -> str:
    """Name a node like its weight, if that has a name a person gave, else like itself."""
    for one in node.input[1:2]:
        stem, _, last = one.rpartition(".")
        if stem and last in ("weight", "kernel", "W"):
            return str(stem)
    return str(node.name.removeprefix("node_") or node.op_type)
