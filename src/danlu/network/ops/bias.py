"""Bias: a learnt constant for every feature or channel."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source, constant
from danlu.network.ports import Inputs, Port


class Bias(Op):
    """The same learnt numbers are added to every row, position or pixel.

    >>> Bias().on("features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Bias", "zh": "偏置"}
    words: ClassVar = {
        "en": ("offset", "intercept", "constant", "threshold", "shift"),
        "zh": ("偏移", "截距", "常数", "阈值"),
    }
    group: ClassVar = "layers"
    formula: ClassVar = "y = x + b"
    ports: ClassVar = (Port(name="x", wants="any"),)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "each"

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Bias(*_shape(inputs))

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        count, is_image = _shape(inputs)
        spread = "[:, None, None]" if is_image else ""
        return Source(f"{{0}} + {{self}}.bias{spread}", weights={"bias": (count,)})


def _shape(inputs: Inputs) -> tuple[int, bool]:
    """Return how many numbers are learnt, and whether they are those of channels."""
    given = inputs["x"][0]
    is_image = given.axes[0].name == "channels"
    return given.shape[0 if is_image else -1] or 0, is_image


class _Bias(Layer):
    def __init__(self, count: int, is_image: bool) -> None:  # noqa: FBT001
        super().__init__()
        self.bias = self.learn("bias", (count,), constant(0.0))
        self.is_image = is_image

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return x + b  # (rows, ...)."""
        return tensors[0] + (self.bias[:, None, None] if self.is_image else self.bias)
