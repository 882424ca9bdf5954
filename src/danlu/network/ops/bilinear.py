"""Bilinear: every output weighs all pairs of a number of one input and one of the other."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from danlu.network.along import Fit, Lie
from danlu.network.ops.base import Layer, Live, Op, Source, uniform
from danlu.network.ports import Inputs, Port
from danlu.params import size


class Bilinear(Op):
    """A learnt product of two vectors; the weight grows with the product of their sizes.

    >>> Bilinear(units=3).on("features=5", "features=4")
    'features=3'
    """

    title: ClassVar = {"en": "Bilinear", "zh": "双线性"}
    words: ClassVar = {
        "en": ("pairs", "interaction", "outer product", "relation", "two inputs"),
        "zh": ("交互", "外积", "关系", "双输入"),
    }
    group: ClassVar = "joins"
    formula: ClassVar = "y_u = a' W_u b + c_u"
    ports: ClassVar = (Port(name="a"), Port(name="b"))
    gives: ClassVar = ("features",)
    on_fill: ClassVar = "sums"
    maskable: ClassVar = ("units",)

    units: Annotated[int, Field(ge=1, le=4096)] | Literal["target"] = size(16)
    """Outputs per row; "target" = what the task asks of its head."""
    bias: bool = True
    """Whether a constant is learnt for every output."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:
        """Make the layer."""
        return _Bilinear(self._sizes(inputs, head), bias=self.bias)

    def along(self, fit: Fit) -> Lie | None:
        """Say where the units lie."""
        units = fit.size("units")
        return Lie(units, {"weight": (units, *fit.given), "bias": (units,)})

    def source(self, inputs: Inputs, *, head: int) -> Source:
        """Write the layer in PyTorch."""
        units, a, b = self._sizes(inputs, head)
        bias = "" if self.bias else ", bias=False"
        return Source("{self}({0}, {1})", f"nn.Bilinear({a}, {b}, {units}{bias})")

    def _sizes(self, inputs: Inputs, head: int) -> tuple[int, int, int]:
        a, b = (inputs[port][0].shape[0] or 0 for port in ("a", "b"))
        return head if self.units == "target" else self.units, a, b


class _Bilinear(Layer):
    def __init__(self, sizes: tuple[int, int, int], *, bias: bool) -> None:
        super().__init__()
        start = uniform(1 / max(sizes[1], 1) ** 0.5)
        self.weight = self.learn("weight", sizes, start)
        self.bias = self.learn("bias", sizes[:1], start) if bias else None

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return weighed pairs  # (rows, units)."""
        half = torch.einsum("ra,uab->rub", tensors[0], self.weight)
        y = torch.einsum("rub,rb->ru", half, tensors[1])
        return y if self.bias is None else y + self.bias
