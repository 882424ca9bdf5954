"""Scale: a chosen factor and a chosen offset, nothing learnt."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port
from danlu.params import dial


class Scale(Op):
    """Every number times a factor plus an offset, both given: a temperature, a unit, a sign.

    >>> Scale(factor=0.5).on("features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Scale", "zh": "缩放"}
    words: ClassVar = {
        "en": ("factor", "offset", "temperature", "rescale", "affine", "negate", "shift"),
        "zh": ("倍数", "偏移", "温度", "线性变换"),
    }
    group: ClassVar = "layers"
    formula: ClassVar = "y = factor * x + offset"
    ports: ClassVar = (Port(name="x", wants="any"),)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "each"

    factor: float = dial(1.0, ge=-1e6, le=1e6)
    """What every number is multiplied by."""
    offset: float = dial(0.0, ge=-1e6, le=1e6)
    """What is added then."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Scale(self.factor, self.offset)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source(f"{{0}} * {self.factor!r} + {self.offset!r}")


class _Scale(Layer):
    def __init__(self, factor: float, offset: float) -> None:
        super().__init__()
        self.factor, self.offset = factor, offset

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Return the scaled numbers  # (rows, ...)."""
        factor = live.dials.get(f"{node}.factor", self.factor)
        return tensors[0] * factor + live.dials.get(f"{node}.offset", self.offset)
