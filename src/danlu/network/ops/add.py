"""Add: element-wise sum of equal shapes, the joint of a residual connection."""

from __future__ import annotations

import functools
import operator
from typing import ClassVar

from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port, same_sizes


class Add(Op):
    """The sum of all inputs; their sizes must be equal.

    >>> Add().on("features=5", "features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Add", "zh": "相加"}
    words: ClassVar = {
        "en": ("sum", "residual", "skip", "shortcut", "plus"),
        "zh": ("求和", "残差", "跳跃连接", "捷径"),
    }
    group: ClassVar = "joins"
    ports: ClassVar = (Port(name="xs", wants="any", many=True),)
    laws: ClassVar = (same_sizes,)
    formula: ClassVar = "y = x1 + x2 + ..."
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "each"

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Add()

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source(" + ".join(f"{{{i}}}" for i in range(len(inputs["xs"]))))


class _Add(Layer):
    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the sum  # (rows, features)."""
        return functools.reduce(operator.add, tensors)
