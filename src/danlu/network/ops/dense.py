"""Dense: every output is a weighted sum of all inputs, plus a bias."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field
from torch import Tensor
from torch.nn import functional

from danlu.network.along import Fit, Lie
from danlu.network.ops.base import Layer, Live, Op, Source, uniform
from danlu.network.ports import Inputs, Port
from danlu.params import size


class Dense(Op):
    """Fully connected layer on the last axis; of a sequence, the same at every position.

    >>> Dense(units=3).on("features=5")
    'features=3'
    """

    title: ClassVar = {"en": "Dense", "zh": "全连接"}
    words: ClassVar = {
        "en": ("linear", "fully connected", "mlp", "head", "units"),
        "zh": ("线性", "全连接层", "感知机", "输出层"),
    }
    group: ClassVar = "layers"
    formula: ClassVar = "y = x W' + b"
    ports: ClassVar = (Port(name="x", wants="features"),)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "sums"
    maskable: ClassVar = ("units",)

    units: Annotated[int, Field(ge=1, le=65536)] | Literal["target"] = size(64)
    """Outputs per row; "target" = what the task asks of its head."""
    bias: bool = True
    """Whether a constant is learnt for every output."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:
        """Make the layer."""
        return _Dense(*self._sizes(inputs, head), bias=self.bias)

    def along(self, fit: Fit) -> Lie | None:
        """Say where the units lie."""
        units = fit.size("units")
        return Lie(units, {"weight": (units, fit.x), "bias": (units,)})

    def source(self, inputs: Inputs, *, head: int) -> Source:
        """Write the layer in PyTorch."""
        features, units = self._sizes(inputs, head)
        bias = "" if self.bias else ", bias=False"
        return Source("{self}({0})", f"nn.Linear({features}, {units}{bias})")

    def _sizes(self, inputs: Inputs, head: int) -> tuple[int, int]:
        features = inputs["x"][0].shape[-1] or 0
        return features, head if self.units == "target" else self.units


class _Dense(Layer):
    def __init__(self, features: int, units: int, *, bias: bool) -> None:
        super().__init__()
        start = uniform(1 / max(features, 1) ** 0.5)
        self.weight = self.learn("weight", (units, features), start)
        self.bias = self.learn("bias", (units,), start) if bias else None

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return x W' + b  # (rows, ..., units)."""
        return functional.linear(tensors[0], self.weight, self.bias)
