"""PReLU: a rectifier whose slope below zero is learnt."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source, constant
from danlu.network.ports import Inputs, Port
from danlu.params import size


class Prelu(Op):
    """Above zero as it is, below zero times a learnt slope.

    >>> Prelu().on("features=5")
    'features=5'
    """

    title: ClassVar = {"en": "PReLU", "zh": "参数化整流"}
    words: ClassVar = {
        "en": ("parametric relu", "learnt activation", "leaky", "slope"),
        "zh": ("可学激活", "带泄漏整流", "斜率"),
    }
    group: ClassVar = "layers"
    formula: ClassVar = "y = max(x, 0) + w min(x, 0)"
    paper: ClassVar = "He 2015, arXiv:1502.01852"
    ports: ClassVar = (Port(name="x", wants="any"),)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "each"
    maskable: ClassVar = ("start",)  # says but how weights begin

    start: float = size(0.25, ge=-1.0, le=1.0)
    """The slope to begin with."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Prelu(self.start)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source("{self}({0})", f"nn.PReLU(init={self.start!r})")


class _Prelu(Layer):
    def __init__(self, start: float) -> None:
        super().__init__()
        self.weight = self.learn("weight", (1,), constant(start))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the bent numbers  # (rows, ...)."""
        x = tensors[0]
        return torch.where(x > 0, x, x * self.weight)
