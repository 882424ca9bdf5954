"""Activation: bend every number by the same curve."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port
from danlu.params import size

CURVES: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": functional.softplus,
}


class Activation(Op):
    """Element by element, shape unchanged.

    >>> Activation(kind="relu").on("features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Activation", "zh": "激活"}
    words: ClassVar = {
        "en": ("relu", "gelu", "silu", "swish", "tanh", "sigmoid", "nonlinearity"),
        "zh": ("激活函数", "非线性", "整流"),
    }
    group: ClassVar = "layers"
    formula: ClassVar = "y = f(x)"
    ports: ClassVar = (Port(name="x", wants="any"),)
    on_padding: ClassVar = "each"

    kind: Literal[
        "relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "softplus"
    ] = size("relu")  # fmt: skip
    """Which curve."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Activation(CURVES[self.kind])

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        owner = "torch" if hasattr(torch, self.kind) else "functional"
        return Source(f"{owner}.{self.kind}({{0}})")


class _Activation(Layer):
    def __init__(self, curve: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.curve = curve

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the bent numbers  # (rows, features)."""
        return self.curve(tensors[0])
