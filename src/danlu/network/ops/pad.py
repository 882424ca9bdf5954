"""Pad: more places at the ends of an image or a sequence."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor
from torch.nn import functional

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port, Refusal
from danlu.network.windows import Margins, one_side, pair
from danlu.params import size


class Pad(Op):
    """Places are added, of one value, as a mirror, or as the outermost ones again.

    >>> Pad(before=1, after=(0, 2)).on("channels=3, height=8, width=8")
    'channels=3, height=9, width=11'
    """

    title: ClassVar = {"en": "Pad", "zh": "填充"}
    words: ClassVar = {
        "en": ("zero padding", "border", "margin", "reflect", "replicate"),
        "zh": ("补零", "边缘", "镜像", "扩展"),
    }
    group: ClassVar = "shape"
    formula: ClassVar = "y = x with places before and after it"
    ports: ClassVar = (Port(name="x", wants="grid"),)
    examples: ClassVar = ({"value": 1.5, "before": 2}, {"before": 0, "mode": "reflect"})
    on_fill: ClassVar = "each"

    before: Margins = size(1)
    """Places ahead of the first one, or [top, left]."""
    after: Margins = size(1)
    """Places behind the last one, or [bottom, right]."""
    mode: Literal["constant", "reflect", "replicate"] = size("constant")
    """One value, a mirror of what is inside, or the outermost places again."""
    value: float = Field(0.0, allow_inf_nan=False)
    """What is added in mode "constant"."""

    def misfit(self, inputs: Inputs) -> Refusal | None:
        """Return what does not fit: two sides for one axis, or a mirror smaller than its image."""
        given = inputs["x"][0]
        if len(given.axes) == 2:
            refusal = one_side(before=self.before, after=self.after)
            if refusal is not None:
                return refusal
        sizes = given.shape[:1] if len(given.axes) == 2 else given.shape[1:]
        for side, ends in zip(reversed(sizes), self._ends(inputs), strict=True):
            if self.mode == "reflect" and max(ends) >= (side or 0):
                args: dict[str, str | int] = {
                    "mode": self.mode,
                    "pad": max(ends),
                    "size": side or 0,
                }
                return Refusal(code="pad_large", port="x", args=args)
        return None

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        value = self.value if self.mode == "constant" else None
        return _Pad(self._edges(inputs), self.mode, value)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        more = f", mode={self.mode!r}" if self.mode != "constant" else ""
        if self.mode == "constant" and self.value:
            more = f", value={self.value!r}"
        edges = self._edges(inputs)
        if len(inputs["x"][0].axes) > 2:
            return Source(f"functional.pad({{0}}, {edges}{more})")
        return Source(f"functional.pad({{0}}.transpose(1, 2), {edges}{more}).transpose(1, 2)")

    def _ends(self, inputs: Inputs) -> tuple[tuple[int, int], ...]:
        """Return what is added before and after, last axis first."""
        ends = tuple(zip(pair(self.before), pair(self.after), strict=True))
        return ends[:1] if len(inputs["x"][0].axes) == 2 else ends[::-1]

    def _edges(self, inputs: Inputs) -> tuple[int, ...]:
        return tuple(n for ends in self._ends(inputs) for n in ends)


class _Pad(Layer):
    def __init__(self, edges: tuple[int, ...], mode: str, value: float | None) -> None:
        super().__init__()
        self.edges, self.mode, self.value = edges, mode, value

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return x with places added  # (rows, channels, height, width), or a sequence."""
        if len(self.edges) > 2:
            return functional.pad(tensors[0], self.edges, self.mode, self.value)
        x = tensors[0].transpose(1, 2)  # (rows, features, length)
        return functional.pad(x, self.edges, self.mode, self.value).transpose(1, 2)
