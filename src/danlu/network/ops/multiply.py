"""Multiply: element-wise product of equal shapes, the joint of a gate."""

from __future__ import annotations

import functools
import operator
from typing import ClassVar

from torch import Tensor

from danlu.network.ops.base import Inputs, Layer, Live, Op, Port, same_sizes


class Multiply(Op):
    """The product of all inputs; their sizes must be equal."""

    title: ClassVar = {"en": "Multiply", "zh": "相乘"}
    words: ClassVar = {
        "en": ("product", "gate", "attention", "interaction", "times"),
        "zh": ("乘积", "门控", "交互"),
    }
    group: ClassVar = "joins"
    ports: ClassVar = (Port(name="xs", many=True),)
    laws: ClassVar = (same_sizes,)

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Multiply()


class _Multiply(Layer):
    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the product  # (rows, features)."""
        return functools.reduce(operator.mul, tensors)
