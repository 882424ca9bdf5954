"""Maxout: each output is the largest of a few weighted sums."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor
from torch.nn import functional

from danlu.network.along import Fit, Lie, every
from danlu.network.ops.base import Layer, Live, Op, Source, uniform
from danlu.network.ports import Inputs, Port
from danlu.params import size


class Maxout(Op):
    """A dense layer that learns its own convex curve, piece by piece.

    >>> Maxout(units=3, pieces=2).on("features=5")
    'features=3'
    """

    title: ClassVar = {"en": "Maxout", "zh": "最大输出"}
    words: ClassVar = {
        "en": ("maximum", "pieces", "learnt activation", "convex"),
        "zh": ("最大值", "分段", "可学激活"),
    }
    group: ClassVar = "layers"
    formula: ClassVar = "y = max over k of (x W_k' + b_k)"
    paper: ClassVar = "Goodfellow 2013, arXiv:1302.4389"
    ports: ClassVar = (Port(name="x", wants="features"),)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "sums"
    maskable: ClassVar = ("units",)

    units: int = size(64, ge=1, le=65536)
    """Outputs per row."""
    pieces: int = size(2, ge=1, le=64)
    """Weighted sums per output."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Maxout(inputs["x"][0].shape[-1] or 0, self.units, self.pieces)

    def along(self, fit: Fit) -> Lie | None:
        """Say where the units lie."""
        units = fit.size("units")
        each = units * every(self.pieces)
        return Lie(units, {"weight": (each, fit.x), "bias": (each,)})

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        make = f"nn.Linear({inputs['x'][0].shape[-1]}, {self.units * self.pieces})"
        return Source(
            f"{{self}}({{0}}).unflatten(-1, ({self.units}, {self.pieces})).amax(-1)", make
        )


class _Maxout(Layer):
    def __init__(self, features: int, units: int, pieces: int) -> None:
        super().__init__()
        self.sizes = (units, pieces)
        start = uniform(1 / max(features, 1) ** 0.5)
        self.weight = self.learn("weight", (units * pieces, features), start)
        self.bias = self.learn("bias", (units * pieces,), start)

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the largest piece of each output  # (rows, ..., units)."""
        y = functional.linear(tensors[0], self.weight, self.bias)
        return y.reshape(*y.shape[:-1], *self.sizes).amax(-1)
