"""Divide: the quotient of two equal shapes, with a divisor that is never zero."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port, same_sizes


def divide(a: Tensor, b: Tensor, least: float) -> Tensor:
    """Return a / b, where |b| counts as at least ``least``."""
    away = torch.where(b < 0, b.clamp(max=-least), b.clamp(min=least))
    return a / away


class Divide(Op):
    """The first input by the second, number by number; their sizes must be equal.

    >>> Divide().on("features=5", "features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Divide", "zh": "相除"}
    words: ClassVar = {
        "en": ("ratio", "quotient", "over", "rate", "share"),
        "zh": ("除法", "商", "比率", "比例"),
    }
    group: ClassVar = "joins"
    formula: ClassVar = "y = a / b, |b| at least epsilon"
    ports: ClassVar = (Port(name="a", wants="any"), Port(name="b", wants="any"))
    laws: ClassVar = (same_sizes,)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "each"

    epsilon: float = Field(0.01, ge=1e-6, le=1.0)
    """The divisor keeps this distance from zero, on its side of it."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Divide(self.epsilon)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source(f"divide({{0}}, {{1}}, {self.epsilon!r})", functions=(divide,))


class _Divide(Layer):
    def __init__(self, epsilon: float) -> None:
        super().__init__()
        self.epsilon = epsilon

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the quotient  # (rows, ...)."""
        return divide(tensors[0], tensors[1], self.epsilon)
