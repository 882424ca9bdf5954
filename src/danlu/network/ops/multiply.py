"""Multiply: element-wise product of equal shapes, the joint of a gate."""

from __future__ import annotations

import functools
import operator
from typing import ClassVar

from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port, same_sizes


class Multiply(Op):
    """The product of all inputs; their sizes must be equal.

    >>> Multiply().on("features=5", "features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Multiply", "zh": "相乘"}
    words: ClassVar = {
        "en": ("product", "gate", "attention", "interaction", "times"),
        "zh": ("乘积", "门控", "交互"),
    }
    group: ClassVar = "joins"
    ports: ClassVar = (Port(name="xs", wants="any", many=True),)
    laws: ClassVar = (same_sizes,)
    formula: ClassVar = "y = x1 * x2 * ..."
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "each"

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Multiply()

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source(" * ".join(f"{{{i}}}" for i in range(len(inputs["xs"]))))


class _Multiply(Layer):
    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the product  # (rows, features)."""
        return functools.reduce(operator.mul, tensors)
