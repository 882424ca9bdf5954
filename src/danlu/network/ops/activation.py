"""Activation: bend every number by the same curve."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional

from danlu.network.ops.base import Inputs, Layer, Live, Op
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
    """Element by element, shape unchanged."""

    title: ClassVar = {"en": "Activation", "zh": "激活"}
    words: ClassVar = {
        "en": ("relu", "gelu", "silu", "swish", "tanh", "sigmoid", "nonlinearity"),
        "zh": ("激活函数", "非线性", "整流"),
    }
    group: ClassVar = "layers"

    kind: Literal[
        "relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "softplus"
    ] = size("relu")  # fmt: skip
    """Which curve."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Activation(CURVES[self.kind])


class _Activation(Layer):
    def __init__(self, curve: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.curve = curve

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the bent numbers  # (rows, features)."""
        return self.curve(tensors[0])
