"""Function: one from the textbook, number by number, finite wherever it is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

import torch
from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port
from danlu.params import size

FUNCTIONS: dict[str, tuple[Callable[[Tensor], Tensor], str]] = {
    "square": (torch.square, "{0}.square()"),
    "abs": (torch.abs, "{0}.abs()"),
    "negate": (torch.neg, "-{0}"),
    "exp": (lambda x: x.clamp(max=20.0).exp(), "{0}.clamp(max=20.0).exp()"),
    "log": (lambda x: x.clamp(min=1e-6).log(), "{0}.clamp(min=1e-6).log()"),
    "sqrt": (lambda x: x.clamp(min=1e-6).sqrt(), "{0}.clamp(min=1e-6).sqrt()"),
    "symlog": (lambda x: x.sign() * x.abs().log1p(), "{0}.sign() * {0}.abs().log1p()"),
    "sin": (torch.sin, "{0}.sin()"),
    "cos": (torch.cos, "{0}.cos()"),
}


class Function(Op):
    """Squares, roots, logarithms, waves. Powers of e are held at e^20, log and sqrt at 1e-6.

    >>> Function(kind="square").on("features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Function", "zh": "数学函数"}
    words: ClassVar = {
        "en": (
            "math",
            "power",
            "square",
            "root",
            "exponential",
            "logarithm",
            "absolute",
            "sine",
            "cosine",
        ),
        "zh": ("平方", "开方", "指数", "对数", "绝对值", "正弦", "余弦"),
    }
    group: ClassVar = "layers"
    formula: ClassVar = "y = f(x); symlog: y = sign(x) log(1 + |x|)"
    ports: ClassVar = (Port(name="x", wants="any"),)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "each"

    kind: Literal[
        "square", "abs", "negate", "exp", "log", "sqrt", "symlog", "sin", "cos"
    ] = size("square")  # fmt: skip
    """Which one."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Function(FUNCTIONS[self.kind][0])

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source(FUNCTIONS[self.kind][1])


class _Function(Layer):
    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return f of every number  # (rows, ...)."""
        return self.function(tensors[0])
