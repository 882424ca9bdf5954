"""Activation: bend every number by the same curve."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port
from danlu.params import size


def step(x: Tensor) -> Tensor:
    """Return 1 where x >= 0, else 0; slopes are those of a ramp from -1 to 1."""
    ramp = functional.hardtanh(x) / 2
    return (x >= 0).to(x.dtype) + (ramp - ramp.detach())


class Curve(NamedTuple):
    """A function of a tensor, and how a person writes it."""

    bend: Callable[[Tensor], Tensor]
    code: str


CURVES: dict[str, Curve] = {
    "relu": Curve(torch.relu, "torch.relu({0})"),
    "leaky_relu": Curve(functional.leaky_relu, "functional.leaky_relu({0})"),
    "relu6": Curve(functional.relu6, "functional.relu6({0})"),
    "elu": Curve(functional.elu, "functional.elu({0})"),
    "selu": Curve(functional.selu, "functional.selu({0})"),
    "gelu": Curve(functional.gelu, "functional.gelu({0})"),
    "silu": Curve(functional.silu, "functional.silu({0})"),
    "mish": Curve(functional.mish, "functional.mish({0})"),
    "hard_swish": Curve(functional.hardswish, "functional.hardswish({0})"),
    "softplus": Curve(functional.softplus, "functional.softplus({0})"),
    "tanh": Curve(torch.tanh, "torch.tanh({0})"),
    "hard_tanh": Curve(functional.hardtanh, "functional.hardtanh({0})"),
    "sigmoid": Curve(torch.sigmoid, "torch.sigmoid({0})"),
    "log_sigmoid": Curve(functional.logsigmoid, "functional.logsigmoid({0})"),
    "step": Curve(step, "step({0})"),
}
"""Those that look at one number at a time."""
SHARES = ("softmax", "log_softmax")  # of all features, or all channels


class Activation(Op):
    """One curve for every number; softmax looks at all features, or all channels, together.

    The step of a threshold unit has no slope that could be learnt by, so the gradient is that of
    a ramp from -1 to 1 ("straight through", arXiv:1308.3432).

    >>> Activation(kind="relu").on("features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Activation", "zh": "激活"}
    words: ClassVar = {
        "en": (
            "relu", "gelu", "silu", "swish", "mish", "elu", "selu", "tanh", "sigmoid", "logistic",
            "softmax", "softplus", "step", "heaviside", "threshold", "nonlinearity",
        ),
        "zh": ("激活函数", "非线性", "整流", "归一化指数", "阶跃", "阈值", "双曲正切"),
    }  # fmt: skip
    group: ClassVar = "layers"
    formula: ClassVar = "y = f(x); softmax: y_i = exp(x_i) / sum of exp(x_j)"
    ports: ClassVar = (Port(name="x", wants="any"),)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "counts"

    kind: Literal[
        "relu", "leaky_relu", "relu6", "elu", "selu", "gelu", "silu", "mish", "hard_swish",
        "softplus", "tanh", "hard_tanh", "sigmoid", "log_sigmoid", "step", "softmax", "log_softmax",
    ] = size("relu")  # fmt: skip
    """Which curve."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        if self.kind in SHARES:
            return _Shares(_axis(inputs), log=self.kind == "log_softmax")
        return _Activation(CURVES[self.kind])

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        if self.kind in SHARES:
            return Source(f"torch.{self.kind}({{0}}, dim={_axis(inputs)})")
        return Source(CURVES[self.kind].code, functions=(step,) if self.kind == "step" else ())


def _axis(inputs: Inputs) -> int:
    """Return along which axis shares sum to 1, rows being axis 0."""
    return 1 if inputs["x"][0].axes[0].name == "channels" else -1


class _Activation(Layer):
    def __init__(self, curve: Curve) -> None:
        super().__init__()
        self.curve = curve

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the bent numbers  # (rows, ...)."""
        return self.curve.bend(tensors[0])


class _Shares(Layer):
    def __init__(self, axis: int, *, log: bool) -> None:
        super().__init__()
        self.axis, self.log = axis, log

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Return shares of 1, or their logarithms  # (rows, ...)."""
        x, real = tensors[0], live.real.get(node)
        bend = torch.log_softmax if self.log else torch.softmax
        if real is None:
            return bend(x, self.axis)
        fill = real == 0
        y = bend(x.masked_fill(fill, torch.finfo(x.dtype).min), self.axis)
        return y.masked_fill(fill, 0.0)
