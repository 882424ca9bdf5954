"""Add: element-wise sum of equal shapes, the joint of a residual connection."""

from __future__ import annotations

import functools
import operator
from typing import ClassVar

from torch import Tensor

from danlu.network.ops.base import Inputs, Layer, Live, Op, Port, same_sizes


class Add(Op):
    """The sum of all inputs; their sizes must be equal."""

    title: ClassVar = {"en": "Add", "zh": "相加"}
    words: ClassVar = {
        "en": ("sum", "residual", "skip", "shortcut", "plus"),
        "zh": ("求和", "残差", "跳跃连接", "捷径"),
    }
    group: ClassVar = "joins"
    ports: ClassVar = (Port(name="xs", many=True),)
    laws: ClassVar = (same_sizes,)

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Add()


class _Add(Layer):
    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the sum  # (rows, features)."""
        return functools.reduce(operator.add, tensors)
