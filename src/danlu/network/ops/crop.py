"""Crop: fewer places at the ends of an image or a sequence."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from danlu.network.ops.base import Layer, Live, Masks, Op, Source
from danlu.network.ports import Inputs, Port, Refusal
from danlu.network.windows import Margins, one_side, pair
from danlu.params import size

Cut = tuple[tuple[int, int], ...]
"""First and one behind the last place that is kept, per axis."""


class Crop(Op):
    """Places are cut off at the ends.

    >>> Crop(before=1, after=(0, 2)).on("channels=3, height=8, width=8")
    'channels=3, height=7, width=5'
    """

    title: ClassVar = {"en": "Crop", "zh": "裁剪"}
    words: ClassVar = {"en": ("cut", "trim", "border"), "zh": ("剪裁", "切边", "截取")}
    group: ClassVar = "shape"
    formula: ClassVar = "y = x without some places before and after"
    ports: ClassVar = (Port(name="x", wants="grid"),)
    on_padding: ClassVar = "each"
    examples: ClassVar = ({"before": 0}, {"before": 2, "after": 0})
    on_fill: ClassVar = "each"

    before: Margins = size(1)
    """Places cut off ahead, or [top, left]."""
    after: Margins = size(1)
    """Places cut off behind, or [bottom, right]."""

    def misfit(self, inputs: Inputs) -> Refusal | None:
        """Return what does not fit: two sides for one axis, or that nothing is left."""
        given = inputs["x"][0]
        if len(given.axes) == 2:
            refusal = one_side(before=self.before, after=self.after)
            if refusal is not None:
                return refusal
        sizes = given.shape[:1] if len(given.axes) == 2 else given.shape[1:]
        for side, (start, end) in zip(sizes, self._cut(inputs), strict=True):
            if start >= end:
                args: dict[str, str | int] = {"crop": (side or 0) - end + start, "size": side or 0}
                return Refusal(code="crop_large", port="x", args=args)
        return None

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Crop(self._cut(inputs))

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        kept = [f"{start}:{end}" for start, end in self._cut(inputs)]
        if len(kept) == 2:
            return Source(f"{{0}}[:, :, {', '.join(kept)}]")
        mask = f"{{m0}}[:, {kept[0]}]" if inputs["x"][0].masked else ""
        return Source(f"{{0}}[:, {kept[0]}]", mask=mask)

    def _cut(self, inputs: Inputs) -> Cut:
        given = inputs["x"][0]
        sizes = given.shape[:1] if len(given.axes) == 2 else given.shape[1:]
        ends = zip(sizes, pair(self.before), pair(self.after), strict=False)
        return tuple((before, (side or 0) - after) for side, before, after in ends)


class _Crop(Layer):
    def __init__(self, cut: Cut) -> None:
        super().__init__()
        self.cut = tuple(slice(start, end) for start, end in cut)

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return what is kept  # (rows, channels, height, width), or a sequence."""
        if len(self.cut) == 2:
            return tensors[0][:, :, self.cut[0], self.cut[1]]
        return tensors[0][:, self.cut[0]]

    def mask(self, tensors: tuple[Tensor, ...], masks: Masks) -> Tensor | None:
        """Return the mask of what is kept."""
        del tensors
        return None if masks[0] is None else masks[0][:, self.cut[0]]
