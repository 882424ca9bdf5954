"""Slice: a part of one axis."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from danlu.network.along import Fit, Lie, axis_of
from danlu.network.ops.base import Layer, Live, Masks, Op, Source
from danlu.network.ports import Inputs, Port, Refusal
from danlu.params import size

FARTHEST = 2**24


class Slice(Op):
    """From ``start`` up to, but without, ``end``; negative numbers count from the end.

    >>> Slice(start=1, end=-1).on("features=5")
    'features=3'
    """

    title: ClassVar = {"en": "Slice", "zh": "切片"}
    words: ClassVar = {
        "en": ("part", "select", "split", "narrow", "every second"),
        "zh": ("截取", "选取", "分割"),
    }
    group: ClassVar = "shape"
    formula: ClassVar = "y = x[start : end : step] along one axis"
    ports: ClassVar = (Port(name="x", wants="any"),)
    on_padding: ClassVar = "each"
    examples: ClassVar = ({"start": -3, "step": 2}, {"end": 3})
    on_fill: ClassVar = "each"

    axis: int = size(1, ge=1, le=3)
    """Which axis, numbered from 1: channels, height, width of an image; length, features."""
    start: int = size(0, ge=-FARTHEST, le=FARTHEST)
    """First place that is kept."""
    end: int | None = size(None, ge=-FARTHEST, le=FARTHEST)
    """First place behind those that are kept; empty = to the end."""
    step: int = size(1, ge=1, le=FARTHEST)
    """Every how many-th place is kept."""

    def misfit(self, inputs: Inputs) -> Refusal | None:
        """Return that there is no such axis, or nothing in this part of it."""
        sizes = inputs["x"][0].shape
        args: dict[str, str | int]
        if self.axis > len(sizes):
            args = {"axes": len(sizes), "order": self.axis}
            return Refusal(code="axes_order", port="x", args=args)
        count = sizes[self.axis - 1] or 0
        if range(count)[self._kept()]:
            return None
        end = count if self.end is None else self.end
        args = {"size": count, "start": self.start, "end": end}
        return Refusal(code="slice_empty", port="x", args=args)

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Slice(self.axis, self._kept())

    def along(self, fit: Fit) -> Lie | None:
        """Of channels, or features, nothing may be cut."""
        return None if self.axis == axis_of(fit.types[0]) + 1 else Lie(fit.x)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        end = "" if self.end is None else self.end
        kept = f"{self.start or ''}:{end}" + (f":{self.step}" if self.step > 1 else "")
        masked = inputs["x"][0].masked and self.axis == 1
        mask = f"{{m0}}[:, {kept}]" if masked else ""
        return Source(f"{{0}}[{':, ' * self.axis}{kept}]", mask=mask)

    def _kept(self) -> slice:
        return slice(self.start, self.end, self.step)


class _Slice(Layer):
    def __init__(self, axis: int, kept: slice) -> None:
        super().__init__()
        self.axis, self.kept = axis, kept

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the part  # (rows, ...)."""
        return tensors[0][(slice(None),) * self.axis + (self.kept,)]

    def mask(self, tensors: tuple[Tensor, ...], masks: Masks) -> Tensor | None:
        """Return the mask of the part."""
        del tensors
        if masks[0] is None or self.axis != 1:
            return masks[0]
        return masks[0][:, self.kept]
