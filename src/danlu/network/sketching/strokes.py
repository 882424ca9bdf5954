"""Strokes: how each kind of step is drawn into a sketch; weights lie as torch has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from danlu.network.graph import Json
from danlu.network.sketching.sketch import Array, Misfit, Shape, Sketch, Value


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


def each(sketch: Sketch, op: str, name: str, x: Value, params: Json) -> Value:
    """Draw what looks at one number at a time, whatever the layout."""
    return replace(x, node=sketch.step(op, name, {"x": x}, x.ours, params).node)


def activation(sketch: Sketch, name: str, x: Value, kind: str, axis: int = -1) -> Value:
    """Bend; shares are of the last axis, or of the channels."""
    if kind not in ("softmax", "log_softmax"):
        return each(sketch, "activation", name, x, {"kind": kind})
    ours = 1 if len(x.theirs) == 3 else len(x.theirs)
    if axis not in (ours, ours - len(x.theirs) - 1):
        raise Misfit(f"{kind} along axis {axis}")
    x = sketch.straight(x)
    return sketch.step("activation", name, {"x": x}, x.ours, {"kind": kind})


def dense(sketch: Sketch, name: str, x: Value, weight: Array, bias: Array | None) -> Value:
    """Draw a weighted sum; weight is (units, features)."""
    x = sketch.straight(x)
    if len(x.ours) > 2 or x.ours[-1] != weight.shape[1]:
        raise Misfit(f"a matrix {weight.shape} on {x.ours}")
    params = {"units": weight.shape[0], **_off("bias", bias)}
    ours = (*x.ours[:-1], weight.shape[0])
    return sketch.step("dense", name, {"x": x}, ours, params, {"weight": weight, "bias": bias})


def conv(
    sketch: Sketch,
    name: str,
    x: Value,
    weights: tuple[Array, Array | None],
    windows: Windows,
    groups: int,
) -> Value:
    """Draw a convolution over an image, or over a sequence that is channels first."""
    weight, bias = weights
    flat = weight.ndim == 3
    x = sketch.turned(x) if flat else sketch.straight(x)
    x, windows = _padded(sketch, x, windows, flat=flat)
    params: Json = {"channels": weight.shape[0], **_window(windows), **_off("bias", bias)}
    params = {k: v for k, v in params.items() if (k, v) != ("padding", "same")}
    op = "conv1d" if flat else "conv2d"
    if groups > 1 and weight.shape[1] == 1 and not flat:
        op, channels = "depthwise_conv2d", params.pop("channels")
        params |= {"multiplier": channels // groups} if channels > groups else {}
    elif groups > 1:
        params["groups"] = groups
    drawn = {"weight": weight, "bias": bias}
    if flat:
        ours = (*windows.gives(x.ours[:1]), weight.shape[0])
        made = sketch.step(op, name, {"x": x}, ours, params, drawn)
        return replace(made, theirs=ours[::-1], turned=True)
    ours = (weight.shape[0], *windows.gives(x.ours[1:]))
    return sketch.step(op, name, {"x": x}, ours, params, drawn)


def _padded(sketch: Sketch, x: Value, windows: Windows, *, flat: bool) -> tuple[Value, Windows]:
    """Put what no word of ours says into a node of its own."""
    if windows.padding is not None:
        return x, windows
    before, after = list(windows.before), list(windows.after)
    params = {"before": before[0] if flat else before, "after": after[0] if flat else after}
    sizes = x.ours[:1] if flat else x.ours[1:]
    grown = tuple(n + b + a for n, b, a in zip(sizes, before, after, strict=True))
    ours = (*grown, *x.ours[1:]) if flat else (*x.ours[:1], *grown)
    made = sketch.step("pad", "pad", {"x": x}, ours, params)
    none = (0,) * len(before)
    made = replace(made, theirs=ours[::-1], turned=True) if flat else made
    return made, windows._replace(before=none, after=none)


def conv_back(
    sketch: Sketch,
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
    x = sketch.straight(x)
    sides = zip(x.ours[1:], windows.stride, windows.kernel, strict=True)
    margin = cut.pop()
    ours = (weight.shape[1] * groups, *((n - 1) * s + k - 2 * margin for n, s, k in sides))
    params: Json = {
        "channels": ours[0], "kernel": _side(windows.kernel), "stride": _side(windows.stride),
        "padding": margin or "valid", **({"groups": groups} if groups > 1 else {}),
        **_off("bias", bias),
    }  # fmt: skip
    drawn = {"weight": weight, "bias": bias}
    return sketch.step("transposed_conv2d", name, {"x": x}, ours, params, drawn)


def pool(
    sketch: Sketch, name: str, x: Value, kind: str, windows: Windows, *, counts: bool
) -> Value:
    """Draw windows over an image, or a sequence; ``counts``: zeros past the ends count."""
    flat = len(windows.kernel) == 1
    x = sketch.turned(x) if flat else sketch.straight(x)
    if set(windows.dilation) != {1} or (kind == "max" and windows.padding is None):
        raise Misfit("windows with gaps, or with unequal padding")
    if kind == "average" and counts and any(windows.before + windows.after):
        raise Misfit("zeros past the ends count in the average")
    params = {**_unless("kind", kind, "max"), **_window(windows)}
    params = {k: v for k, v in params.items() if (k, v) != ("padding", "valid")}
    if params.get("stride", 1) == params["kernel"]:
        params.pop("stride")  # the usual one
    elif "stride" not in params:
        params["stride"] = 1
    if flat:
        ours = (*windows.gives(x.ours[:1]), x.ours[1])
        made = sketch.step("pool", name, {"x": x}, ours, params)
        return replace(made, theirs=ours[::-1], turned=True)
    ours = (x.ours[0], *windows.gives(x.ours[1:]))
    return sketch.step("pool", name, {"x": x}, ours, params)


def over(
    sketch: Sketch, name: str, x: Value, kind: str, axes: Sequence[int], *, keeps: bool
) -> Value:
    """Draw the average or the maximum along axes of the graph."""
    rank = len(x.theirs)
    seen = {a % (rank + 1) if a < 0 else a for a in axes}
    place = {2} if x.turned else {1}
    if seen != ({2, 3} if rank == 3 else place if rank == 2 else None):
        raise Misfit(f"{kind} along {sorted(seen)} of {rank} axes")
    x = x if x.turned else sketch.straight(x)
    kept = tuple(1 if i + 1 in seen else s for i, s in enumerate(x.theirs))
    ours = (x.ours[0] if rank == 3 else x.ours[1],)
    params = {"kind": kind} if kind != "average" else {}
    made = sketch.step("global_pool", name, {"x": x}, ours, params)
    return replace(made, theirs=kept) if keeps else made


def batch_norm(
    sketch: Sketch, name: str, x: Value, weights: Sequence[Array], epsilon: float, momentum: float
) -> Value:
    """Draw a batch norm; the weights are factor, offset, mean and variance."""
    x = sketch.turned(x) if len(x.theirs) == 2 else sketch.straight(x)
    names = ("weight", "bias", "running_mean", "running_var")
    params = {**_unless("epsilon", epsilon, 1e-5), **_unless("momentum", momentum, 0.1)}
    drawn = dict(zip(names, weights, strict=True))
    return replace(x, node=sketch.step("batch_norm", name, {"x": x}, x.ours, params, drawn).node)


def norm(
    sketch: Sketch,
    op: str,
    name: str,
    x: Value,
    weights: tuple[Array | None, Array | None],
    params: Json,
) -> Value:
    """Draw a norm of every row; a factor without an offset gets an offset of zero."""
    x = sketch.straight(x)
    if (len(x.ours) == 3) != (op == "group_norm"):
        raise Misfit(f"{op} of {len(x.ours)} axes")
    weight, bias = weights
    if weight is None:
        return sketch.step(op, name, {"x": x}, x.ours, {**params, "scale": False})
    offset = {} if op == "rms_norm" else {"bias": np.zeros_like(weight) if bias is None else bias}
    return sketch.step(op, name, {"x": x}, x.ours, params, {"weight": weight, **offset})


def join(sketch: Sketch, op: str, name: str, given: Sequence[Value]) -> Value:
    """Draw a sum or a product."""
    if len({v.theirs for v in given}) > 1:
        raise Misfit(f"sizes {' and '.join(str(v.theirs) for v in given)}")
    alike = len({(v.ours, v.turned) for v in given}) == 1
    given = given if alike else [sketch.straight(v) for v in given]
    return replace(given[0], node=sketch.step(op, name, {"xs": given}, given[0].ours).node)


def concat(sketch: Sketch, name: str, given: Sequence[Value], axis: int) -> Value:
    """Draw values side by side, along features or channels."""
    rank = len(given[0].theirs)
    axis = axis + rank + 1 if axis < 0 else axis
    turned = rank == 2 and axis == 1 and all(v.turned for v in given)
    if not turned and axis != (1 if rank == 3 else rank):
        raise Misfit(f"side by side along axis {axis} of {rank}")
    given = given if turned else [sketch.straight(v) for v in given]
    at = 0 if rank == 3 else -1
    ours = list(given[0].ours)
    ours[at] = sum(v.ours[at] for v in given)
    made = sketch.step("concat", name, {"xs": given}, tuple(ours))
    return replace(made, theirs=made.ours[::-1], turned=True) if turned else made


def shift(sketch: Sketch, name: str, x: Value, by: Array) -> Value:
    """Draw a constant that is added: one number per feature or channel, or one per place."""
    x = x if x.turned else sketch.straight(x)
    by = by.reshape(by.shape[max(0, by.ndim - len(x.theirs)) :])
    by = by.T if x.turned and by.ndim == 2 else by
    count = x.ours[0] if len(x.ours) == 3 else x.ours[-1]
    if by.size == count and (len(x.ours) != 3 or by.shape[:1] == (count,)):
        return each_weighted(sketch, "bias", name, x, {"bias": by.reshape(count)})
    if len(x.ours) == 2 and by.shape == x.ours:
        made = each_weighted(sketch, "positional_encoding", name, x, {"weight": by})
        sketch.nodes[made.node]["params"] = {"kind": "learned"}
        return made
    raise Misfit(f"a constant {by.shape} added to {x.theirs}")


def each_weighted(
    sketch: Sketch, op: str, name: str, x: Value, weights: Mapping[str, Array]
) -> Value:
    """Draw a step that keeps its layout and has weights."""
    return replace(x, node=sketch.step(op, name, {"x": x}, x.ours, None, weights).node)


def cut(sketch: Sketch, name: str, x: Value, axis: int, at: tuple[int, int | None, int]) -> Value:
    """Draw what is kept of an axis: from, up to, every how many-th."""
    x = sketch.straight(x)
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
    return sketch.step("slice", name, {"x": x}, ours, params)


def pick(sketch: Sketch, name: str, x: Value, axis: int, index: int) -> Value:
    """Draw one place of an axis, which is then gone."""
    x = sketch.straight(x)
    if len(x.ours) == 2 and axis == 1 and index in (-1, x.ours[0] - 1):
        return sketch.step("select_last", name, {"x": x}, x.ours[1:])
    index = index % x.ours[axis - 1]
    kept = cut(sketch, name, x, axis, (index, index + 1, 1))
    return replace(kept, theirs=tuple(s for i, s in enumerate(kept.ours) if i != axis - 1))


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
