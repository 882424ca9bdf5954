"""Average: number by number, the mean of the inputs."""

from __future__ import annotations

import functools
import operator
from typing import ClassVar

from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port, same_sizes


class Average(Op):
    """The mean of all inputs, number by number; their sizes must be equal.

    >>> Average().on("features=5", "features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Average", "zh": "平均"}
    words: ClassVar = {
        "en": ("mean", "ensemble", "merge", "join"),
        "zh": ("均值", "集成", "合并"),
    }
    group: ClassVar = "joins"
    formula: ClassVar = "y = (x1 + ... + xn) / n"
    ports: ClassVar = (Port(name="xs", wants="any", many=True),)
    laws: ClassVar = (same_sizes,)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "each"

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Average()

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        names = [f"{{{i}}}" for i in range(len(inputs["xs"]))]
        return Source(f"({' + '.join(names)}) / {len(names)}")


class _Average(Layer):
    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the mean  # (rows, ...)."""
        return functools.reduce(operator.add, tensors) / len(tensors)
