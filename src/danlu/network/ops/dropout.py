"""Dropout: while training, silence a random part of the numbers."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port
from danlu.params import dial


class Dropout(Op):
    """Each number is zeroed with probability p and the rest scaled up.

    >>> Dropout(p=0.2).on("features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Dropout", "zh": "随机失活"}
    words: ClassVar = {
        "en": ("regularise", "regularize", "overfitting", "noise"),
        "zh": ("丢弃", "正则化", "过拟合"),
    }
    group: ClassVar = "layers"
    formula: ClassVar = "y = x m / (1 - p), m = 0 with probability p, else 1"
    paper: ClassVar = "Srivastava 2014, JMLR 15"
    ports: ClassVar = (Port(name="x", wants="any"),)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "each"

    p: float = dial(0.1, ge=0.0, le=0.95)
    """Share of the numbers that is silenced."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Dropout(self.p)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source("{self}({0})", f"nn.Dropout({self.p!r})")


class _Dropout(Layer):
    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Return x with a part silenced  # (rows, ...)."""
        x = tensors[0]
        if not live.training:
            return x
        p = live.dials.get(f"{node}.p", self.p)
        kept = (live.draw(node, tuple(x.shape)) - p).ceil()  # 0 or 1, without slow booleans
        return x * (kept / (1 - p))  # one mask, one product each way
