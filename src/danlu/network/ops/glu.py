"""Gated linear unit: half of a dense layer decides how much of the other half passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional

from danlu.network.along import Fit, Lie, every
from danlu.network.ops.base import Layer, Live, Op, Source, uniform
from danlu.network.ports import Inputs, Port
from danlu.params import size


def swiglu(both: Tensor) -> Tensor:
    """Return one half times silu of the other."""
    value, gate = both.chunk(2, dim=-1)
    return value * functional.silu(gate)


def geglu(both: Tensor) -> Tensor:
    """Return one half times gelu of the other."""
    value, gate = both.chunk(2, dim=-1)
    return value * functional.gelu(gate)


def reglu(both: Tensor) -> Tensor:
    """Return one half times relu of the other."""
    value, gate = both.chunk(2, dim=-1)
    return value * torch.relu(gate)


def bilinear_glu(both: Tensor) -> Tensor:
    """Return one half times the other."""
    value, gate = both.chunk(2, dim=-1)
    return value * gate


GATES: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": functional.glu,
    "silu": swiglu,
    "gelu": geglu,
    "relu": reglu,
    "none": bilinear_glu,
}


class Glu(Op):
    """A dense layer whose outputs are multiplied by those of a second, bent by a curve.

    >>> Glu(units=3, kind="silu").on("features=5")
    'features=3'
    """

    title: ClassVar = {"en": "Gated linear unit", "zh": "门控线性单元"}
    words: ClassVar = {
        "en": ("glu", "gate", "swiglu", "geglu", "reglu", "bilinear", "gated"),
        "zh": ("门控", "门", "门控单元"),
    }
    group: ClassVar = "layers"
    formula: ClassVar = "y = (x W' + b) * f(x V' + c)"
    paper: ClassVar = "Dauphin 2016, arXiv:1612.08083; Shazeer 2020, arXiv:2002.05202"
    ports: ClassVar = (Port(name="x", wants="features"),)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "sums"
    maskable: ClassVar = ("units",)

    units: int = size(64, ge=1, le=65536)
    """Outputs per row."""
    kind: Literal["sigmoid", "silu", "gelu", "relu", "none"] = size("sigmoid")
    """Curve of the gate: sigmoid = GLU, silu = SwiGLU, gelu = GeGLU, relu = ReGLU, none =
    bilinear."""
    bias: bool = True
    """Whether constants are learnt."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        features = inputs["x"][0].shape[-1] or 0
        return _Glu(features, self.units, GATES[self.kind], bias=self.bias)

    def along(self, fit: Fit) -> Lie | None:
        """Say where the units lie."""
        units = fit.size("units")
        both = every(2) * units  # what is gated, and its gate
        return Lie(units, {"weight": (both, fit.x), "bias": (both,)})

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        bias = "" if self.bias else ", bias=False"
        make = f"nn.Linear({inputs['x'][0].shape[-1]}, {2 * self.units}{bias})"
        if self.kind == "sigmoid":
            return Source("functional.glu({self}({0}))", make)
        gate = GATES[self.kind]
        return Source(f"{gate.__name__}({{self}}({{0}}))", make, functions=(gate,))


class _Glu(Layer):
    def __init__(
        self, features: int, units: int, gate: Callable[[Tensor], Tensor], *, bias: bool
    ) -> None:
        super().__init__()
        self.gate = gate
        start = uniform(1 / max(features, 1) ** 0.5)
        self.weight = self.learn("weight", (2 * units, features), start)
        self.bias = self.learn("bias", (2 * units,), start) if bias else None

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the gated half  # (rows, ..., units)."""
        return self.gate(functional.linear(tensors[0], self.weight, self.bias))
