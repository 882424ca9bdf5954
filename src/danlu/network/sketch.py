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


class Windows(NamedTuple):
    """Kernel, stride, what is added ahead and behind, and dilation, for each axis."""

    kernel: Shape
    stride: Shape
    before: Shape
    after: Shape
    dilation: Shape

    @property
    def spans(self) -> Shape:
        """How far each kernel reaches."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True))

    @property
    def padding(self) -> str | int | None:
        """How we write what is added; None = we have no word for it."""
        same = [((s - 1) // 2, s // 2) for s in self.spans]
        given = list(zip(self.before, self.after, strict=True))
        if not any(self.before) and not any(self.after):
            return "valid"
        if given == same:
            return "same"
        return self.before[0] if len(set(self.before + self.after)) == 1 else None

    def gives(self, sizes: Shape) -> Shape:
        """Count the outputs along each axis."""
        added = zip(sizes, self.before, self.after, self.spans, self.stride, strict=True)
        return tuple((n + b + a - span) // s + 1 for n, b, a, span, s in added)


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

    def each(self, op: str, name: str, x: Value, params: Json) -> Value:
        """Draw what looks at one number at a time, whatever the layout."""
        return replace(x, node=self.step(op, name, {"x": x}, x.ours, params).node)

    def activation(self, name: str, x: Value, kind: str, axis: int = -1) -> Value:
        """Bend; shares are of the last axis, or of the channels."""
        if kind not in ("softmax", "log_softmax"):
            return self.each("activation", name, x, {"kind": kind})
        ours = 1 if len(x.theirs) == 3 else len(x.theirs)
        if axis not in (ours, ours - len(x.theirs) - 1):
            raise Misfit(f"{kind} along axis {axis}")
        x = self.straight(x)
        return self.step("activation", name, {"x": x}, x.ours, {"kind": kind})

    def dense(self, name: str, x: Value, weight: Array, bias: Array | None) -> Value:
        """Draw a weighted sum; weight is (units, features)."""
        x = self.straight(x)
        if len(x.ours) > 2 or x.ours[-1] != weight.shape[1]:
            raise Misfit(f"a matrix {weight.shape} on {x.ours}")
        params = {"units": weight.shape[0], **_off("bias", bias)}
        ours = (*x.ours[:-1], weight.shape[0])
        return self.step("dense", name, {"x": x}, ours, params, {"weight": weight, "bias": bias})

    def conv(
        self,
        name: str,
        x: Value,
        weights: tuple[Array, Array | None],
        windows: Windows,
        groups: int,
    ) -> Value:
        """Draw a convolution over an image, or over a sequence that is channels first."""
        weight, bias = weights
        flat = weight.ndim == 3
        x = self.turned(x) if flat else self.straight(x)
        x, windows = self._padded(x, windows, flat=flat)
        params: Json = {"channels": weight.shape[0], **_window(windows), **_off("bias", bias)}
        op = "conv1d" if flat else "conv2d"
        if groups > 1 and weight.shape[1] == 1 and not flat:
            op, channels = "depthwise_conv2d", params.pop("channels")
            params |= {"multiplier": channels // groups} if channels > groups else {}
        elif groups > 1:
            params["groups"] = groups
        drawn = {"weight": weight, "bias": bias}
        if flat:
            ours = (*windows.gives(x.ours[:1]), weight.shape[0])
            made = self.step(op, name, {"x": x}, ours, params, drawn)
            return replace(made, theirs=ours[::-1], turned=True)
        ours = (weight.shape[0], *windows.gives(x.ours[1:]))
        return self.step(op, name, {"x": x}, ours, params, drawn)

    def _padded(self, x: Value, windows: Windows, *, flat: bool) -> tuple[Value, Windows]:
        """Put what no word of ours says into a node of its own."""
        if windows.padding is not None:
            return x, windows
        before, after = list(windows.before), list(windows.after)
        params = {"before": before[0] if flat else before, "after": after[0] if flat else after}
        sizes = x.ours[:1] if flat else x.ours[1:]
        grown = tuple(n + b + a for n, b, a in zip(sizes, before, after, strict=True))
        ours = (*grown, *x.ours[1:]) if flat else (*x.ours[:1], *grown)
        made = self.step("pad", "pad", {"x": x}, ours, params)
        none = (0,) * len(before)
        made = replace(made, theirs=ours[::-1], turned=True) if flat else made
        return made, windows._replace(before=none, after=none)

    def conv_back(
        self,
        name: str,
        x: Value,
        weights: tuple[Array, Array | None],
        windows: Windows,
        groups: int,
    ) -> Value:
        """Draw a transposed convolution over an image; the margins are cut off."""
        weight, bias = weights
        cut = set(windows.before + windows.after)
        if weight.ndim != 4 or len(cut) > 1 or set(windows.dilation) != {1}:
            raise Misfit("only images, equal padding and no dilation")
        x = self.straight(x)
        sides = zip(x.ours[1:], windows.stride, windows.kernel, strict=True)
        margin = cut.pop()
        ours = (weight.shape[1] * groups, *((n - 1) * s + k - 2 * margin for n, s, k in sides))
        params: Json = {
            "channels": ours[0], "kernel": _side(windows.kernel), "stride": _side(windows.stride),
            "padding": margin or "valid", **({"groups": groups} if groups > 1 else {}),
            **_off("bias", bias),
        }  # fmt: skip
        drawn = {"weight": weight, "bias": bias}
        return self.step("transposed_conv2d", name, {"x": x}, ours, params, drawn)

    def pool(self, name: str, x: Value, kind: str, windows: Windows, *, counts: bool) -> Value:
        """Draw windows over an image, or a sequence; ``counts``: zeros past the ends count."""
        flat = len(windows.kernel) == 1
        x = self.turned(x) if flat else self.straight(x)
        if set(windows.dilation) != {1} or (kind == "max" and windows.padding is None):
            raise Misfit("windows with gaps, or with unequal padding")
        if kind == "average" and counts and any(windows.before + windows.after):
            raise Misfit("zeros past the ends count in the average")
        params = {"kind": kind, **_window(windows)}
        if windows.padding == "valid":
            params.pop("padding")
        if flat:
            ours = (*windows.gives(x.ours[:1]), x.ours[1])
            made = self.step("pool", name, {"x": x}, ours, params)
            return replace(made, theirs=ours[::-1], turned=True)
        ours = (x.ours[0], *windows.gives(x.ours[1:]))
        return self.step("pool", name, {"x": x}, ours, params)

    def over(self, name: str, x: Value, kind: str, axes: Sequence[int], *, keeps: bool) -> Value:
        """Draw the average or the maximum along axes of the graph."""
        rank = len(x.theirs)
        seen = {a % (rank + 1) if a < 0 else a for a in axes}
        place = {2} if x.turned else {1}
        if seen != ({2, 3} if rank == 3 else place if rank == 2 else None):
            raise Misfit(f"{kind} along {sorted(seen)} of {rank} axes")
        x = x if x.turned else self.straight(x)
        kept = tuple(1 if i + 1 in seen else s for i, s in enumerate(x.theirs))
        ours = (x.ours[0] if rank == 3 else x.ours[1],)
        params = {"kind": kind} if kind != "average" else {}
        made = self.step("global_pool", name, {"x": x}, ours, params)
        return replace(made, theirs=kept) if keeps else made

    def batch_norm(
        self, name: str, x: Value, weights: Sequence[Array], epsilon: float, momentum: float
    ) -> Value:
        """Draw a batch norm; the weights are factor, offset, mean and variance."""
        x = self.turned(x) if len(x.theirs) == 2 else self.straight(x)
        names = ("weight", "bias", "running_mean", "running_var")
        params = {**_unless("epsilon", epsilon, 1e-5), **_unless("momentum", momentum, 0.1)}
        drawn = dict(zip(names, weights, strict=True))
        return replace(x, node=self.step("batch_norm", name, {"x": x}, x.ours, params, drawn).node)

    def norm(
        self, op: str, name: str, x: Value, weights: tuple[Array | None, Array | None], params: Json
    ) -> Value:
        """Draw a norm of every row; a factor without an offset gets an offset of zero."""
        x = self.straight(x)
        if (len(x.ours) == 3) != (op == "group_norm"):
            raise Misfit(f"{op} of {len(x.ours)} axes")
        weight, bias = weights
        if weight is None:
            return self.step(op, name, {"x": x}, x.ours, {**params, "scale": False})
        offset = (
            {} if op == "rms_norm" else {"bias": np.zeros_like(weight) if bias is None else bias}
        )
        return self.step(op, name, {"x": x}, x.ours, params, {"weight": weight, **offset})

    def join(self, op: str, name: str, given: Sequence[Value]) -> Value:
        """Draw a sum or a product."""
        if len({v.theirs for v in given}) > 1:
            raise Misfit(f"sizes {' and '.join(str(v.theirs) for v in given)}")
        alike = len({(v.ours, v.turned) for v in given}) == 1
        given = given if alike else [self.straight(v) for v in given]
        return replace(given[0], node=self.step(op, name, {"xs": given}, given[0].ours).node)

    def concat(self, name: str, given: Sequence[Value], axis: int) -> Value:
        """Draw values side by side, along features or channels."""
        rank = len(given[0].theirs)
        axis = axis + rank + 1 if axis < 0 else axis
        turned = rank == 2 and axis == 1 and all(v.turned for v in given)
        if not turned and axis != (1 if rank == 3 else rank):
            raise Misfit(f"side by side along axis {axis} of {rank}")
        given = given if turned else [self.straight(v) for v in given]
        at = 0 if rank == 3 else -1
        ours = list(given[0].ours)
        ours[at] = sum(v.ours[at] for v in given)
        made = self.step("concat", name, {"xs": given}, tuple(ours))
        return replace(made, theirs=made.ours[::-1], turned=True) if turned else made

    def shift(self, name: str, x: Value, by: Array) -> Value:
        """Draw a constant that is added: one number per feature or channel, or one per place."""
        x = x if x.turned else self.straight(x)
        by = by.reshape(by.shape[max(0, by.ndim - len(x.theirs)) :])
        by = by.T if x.turned and by.ndim == 2 else by
        count = x.ours[0] if len(x.ours) == 3 else x.ours[-1]
        if by.size == count and (len(x.ours) != 3 or by.shape[:1] == (count,)):
            return self.each_weighted("bias", name, x, {"bias": by.reshape(count)})
        if len(x.ours) == 2 and by.shape == x.ours:
            made = self.each_weighted("positional_encoding", name, x, {"weight": by})
            self.nodes[made.node]["params"] = {"kind": "learned"}
            return made
        raise Misfit(f"a constant {by.shape} added to {x.theirs}")

    def each_weighted(self, op: str, name: str, x: Value, weights: Mapping[str, Array]) -> Value:
        """Draw a step that keeps its layout and has weights."""
        return replace(x, node=self.step(op, name, {"x": x}, x.ours, None, weights).node)

    def cut(self, name: str, x: Value, axis: int, at: tuple[int, int | None, int]) -> Value:
        """Draw what is kept of an axis: from, up to, every how many-th."""
        x = self.straight(x)
        start, end, step = at
        size = x.ours[axis - 1]
        end = None if end is None or end >= size else end
        kept = len(range(*slice(start, end, step).indices(size)))
        if kept == size:
            return x
        ours = tuple(kept if i == axis - 1 else s for i, s in enumerate(x.ours))
        params: Json = {"axis": axis, "start": start}
        params |= {} if end is None else {"end": end}
        params |= {} if step == 1 else {"step": step}
        return self.step("slice", name, {"x": x}, ours, params)

    def pick(self, name: str, x: Value, axis: int, index: int) -> Value:
        """Draw one place of an axis, which is then gone."""
        x = self.straight(x)
        if len(x.ours) == 2 and axis == 1 and index in (-1, x.ours[0] - 1):
            return self.step("select_last", name, {"x": x}, x.ours[1:])
        index = index % x.ours[axis - 1]
        kept = self.cut(name, x, axis, (index, index + 1, 1))
        return replace(kept, theirs=tuple(s for i, s in enumerate(kept.ours) if i != axis - 1))

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


def _side(sides: Shape) -> int | list[int]:
    return sides[0] if len(set(sides)) == 1 else list(sides)


def _window(windows: Windows) -> Json:
    stride, dilation = _side(windows.stride), _side(windows.dilation)
    return {
        "kernel": _side(windows.kernel), **_unless("stride", stride, 1),
        "padding": windows.padding, **_unless("dilation", dilation, 1),
    }  # fmt: skip


def _unless(word: str, value: Any, usual: Any) -> Json:
    return {} if value == usual else {word: value}


def _off(word: str, weight: Array | None) -> Json:
    return {word: False} if weight is None else {}
