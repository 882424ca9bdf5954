"""Subtract: the difference of two equal shapes."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port, same_sizes


class Subtract(Op):
    """The first input minus the second, number by number; their sizes must be equal.

    >>> Subtract().on("features=5", "features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Subtract", "zh": "相减"}
    words: ClassVar = {
        "en": ("minus", "difference", "residual", "error"),
        "zh": ("减法", "差", "残差"),
    }
    group: ClassVar = "joins"
    formula: ClassVar = "y = a - b"
    ports: ClassVar = (Port(name="a", wants="any"), Port(name="b", wants="any"))
    laws: ClassVar = (same_sizes,)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "each"

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Subtract()

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source("{0} - {1}")


class _Subtract(Layer):
    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the difference  # (rows, ...)."""
        return tensors[0] - tensors[1]
