"""Highway: a learnt gate decides how much of x is transformed and how much is carried on."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from danlu.network.along import Fit, Lie
from danlu.network.ops.base import Layer, Live, Op, Source, constant, uniform
from danlu.network.ports import Inputs, Port
from danlu.params import size


def highway(x: Tensor, weight: Tensor, bias: Tensor, gate: Tensor, gate_bias: Tensor) -> Tensor:
    """Mix x with relu of a linear layer, number by number."""
    share = torch.sigmoid(functional.linear(x, gate, gate_bias))
    return share * torch.relu(functional.linear(x, weight, bias)) + (1 - share) * x


class Highway(Op):
    """The forerunner of residual connections; the gate starts near "carry".

    >>> Highway().on("features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Highway", "zh": "高速公路层"}
    words: ClassVar = {
        "en": ("gate", "residual", "carry", "transform", "skip"),
        "zh": ("门控", "残差", "跳跃连接", "高速网络"),
    }
    group: ClassVar = "layers"
    formula: ClassVar = "y = t * relu(W x + b) + (1 - t) * x, t = sigmoid(G x + c)"
    paper: ClassVar = "Srivastava 2015, arXiv:1505.00387"
    ports: ClassVar = (Port(name="x", wants="features"),)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "each"
    maskable: ClassVar = ("carry",)  # says but how weights begin

    carry: float = size(2.0, ge=0.0, le=10.0)
    """How far the gate starts on the side of carrying x: its bias is minus this."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Highway(inputs["x"][0].shape[-1] or 0, self.carry)

    def along(self, fit: Fit) -> Lie | None:
        """Say where the features lie."""
        square = (fit.x, fit.x)
        return Lie(fit.x, {"weight": square, "gate": square})

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        shapes = _shapes(inputs["x"][0].shape[-1] or 0)
        given = ", ".join(f"{{self}}.{name}" for name in shapes)
        return Source(f"highway({{0}}, {given})", "", (highway,), shapes)


def _shapes(features: int) -> dict[str, tuple[int, ...]]:
    square, row = (features, features), (features,)
    return {"weight": square, "bias": row, "gate": square, "gate_bias": row}


class _Highway(Layer):
    def __init__(self, features: int, carry: float) -> None:
        super().__init__()
        shapes, start = _shapes(features), uniform(1 / max(features, 1) ** 0.5)
        self.weight = self.learn("weight", shapes["weight"], start)
        self.bias = self.learn("bias", shapes["bias"], start)
        self.gate = self.learn("gate", shapes["gate"], start)
        self.gate_bias = self.learn("gate_bias", shapes["gate_bias"], constant(-carry))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return x, partly transformed  # (rows, ..., features)."""
        return highway(tensors[0], self.weight, self.bias, self.gate, self.gate_bias)
