"""Dense: every output is a weighted sum of all inputs, plus a bias."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field
from torch import Tensor
from torch.nn import functional

from danlu.network.ops.base import Inputs, Layer, Live, Op, uniform
from danlu.params import size


class Dense(Op):
    """Fully connected layer: (rows, features) to (rows, units)."""

    title: ClassVar = {"en": "Dense", "zh": "全连接"}
    words: ClassVar = {
        "en": ("linear", "fully connected", "mlp", "head", "units"),
        "zh": ("线性", "全连接层", "感知机", "输出层"),
    }
    group: ClassVar = "layers"

    units: Annotated[int, Field(ge=1, le=65536)] | Literal["target"] = size(64)
    """Outputs per row; "target" = what the task asks of its head."""
    bias: bool = True
    """Whether a constant is learnt for every output."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:
        """Make the layer."""
        features = inputs["x"][0].shape[0] or 0
        return _Dense(features, head if self.units == "target" else self.units, bias=self.bias)


class _Dense(Layer):
    def __init__(self, features: int, units: int, *, bias: bool) -> None:
        super().__init__(macs=features * units)
        start = uniform(1 / max(features, 1) ** 0.5)
        self.weight = self.learn("weight", (units, features), start)
        self.bias = self.learn("bias", (units,), start) if bias else None

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return x W' + b  # (rows, units)."""
        return functional.linear(tensors[0], self.weight, self.bias)
