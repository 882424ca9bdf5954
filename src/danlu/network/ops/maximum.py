"""Maximum: number by number, the largest of the inputs."""

from __future__ import annotations

import functools
from typing import ClassVar

import torch
from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port, same_sizes


class Maximum(Op):
    """The largest of all inputs, number by number; their sizes must be equal.

    >>> Maximum().on("features=5", "features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Maximum", "zh": "取最大"}
    words: ClassVar = {
        "en": ("max", "largest", "merge", "either"),
        "zh": ("最大值", "合并"),
    }
    group: ClassVar = "joins"
    formula: ClassVar = "y = max(x1, x2, ...)"
    ports: ClassVar = (Port(name="xs", wants="any", many=True),)
    laws: ClassVar = (same_sizes,)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "each"

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Maximum()

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        first, *rest = (f"{{{i}}}" for i in range(len(inputs["xs"])))
        return Source(functools.reduce(lambda a, b: f"torch.maximum({a}, {b})", rest, first))


class _Maximum(Layer):
    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the largest  # (rows, ...)."""
        return functools.reduce(torch.maximum, tensors)
