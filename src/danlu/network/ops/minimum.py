"""Minimum: number by number, the smallest of the inputs."""

from __future__ import annotations

import functools
from typing import ClassVar

import torch
from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port, same_sizes


class Minimum(Op):
    """The smallest of all inputs, number by number; their sizes must be equal.

    >>> Minimum().on("features=5", "features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Minimum", "zh": "取最小"}
    words: ClassVar = {
        "en": ("min", "smallest", "merge", "both"),
        "zh": ("最小值", "合并"),
    }
    group: ClassVar = "joins"
    formula: ClassVar = "y = min(x1, x2, ...)"
    ports: ClassVar = (Port(name="xs", wants="any", many=True),)
    laws: ClassVar = (same_sizes,)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "each"

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Minimum()

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        first, *rest = (f"{{{i}}}" for i in range(len(inputs["xs"])))
        return Source(functools.reduce(lambda a, b: f"torch.minimum({a}, {b})", rest, first))


class _Minimum(Layer):
    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the smallest  # (rows, ...)."""
        return functools.reduce(torch.minimum, tensors)
