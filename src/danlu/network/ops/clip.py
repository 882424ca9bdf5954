"""Clip: hold every number between two bounds."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port, Refusal
from danlu.params import size


class Clip(Op):
    """What is beyond a bound becomes the bound; there the gradient is zero.

    >>> Clip(low=0.0, high=6.0).on("features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Clip", "zh": "截断"}
    words: ClassVar = {
        "en": ("clamp", "bounds", "limit", "saturate", "outlier"),
        "zh": ("裁剪", "限幅", "上下限", "异常值"),
    }
    group: ClassVar = "layers"
    formula: ClassVar = "y = min(max(x, low), high)"
    ports: ClassVar = (Port(name="x", wants="any"),)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "each"

    low: float = size(-1.0, ge=-1e6, le=1e6)
    """Smallest number that comes out."""
    high: float = size(1.0, ge=-1e6, le=1e6)
    """Largest number that comes out."""

    def misfit(self, inputs: Inputs) -> Refusal | None:
        """Refuse bounds that leave nothing between them."""
        del inputs
        if self.low < self.high:
            return None
        return Refusal(code="bounds_empty", args={"low": str(self.low), "high": str(self.high)})

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Clip(self.low, self.high)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source(f"{{0}}.clamp({self.low!r}, {self.high!r})")


class _Clip(Layer):
    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self.low, self.high = low, high

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the numbers within the bounds  # (rows, ...)."""
        return tensors[0].clamp(self.low, self.high)
