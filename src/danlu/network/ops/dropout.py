"""Dropout: while training, silence a random part of the numbers."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from danlu.network.ops.base import Inputs, Layer, Live, Op
from danlu.params import dial


class Dropout(Op):
    """Each number is zeroed with probability p and the rest scaled up (Srivastava 2014)."""

    title: ClassVar = {"en": "Dropout", "zh": "随机失活"}
    words: ClassVar = {
        "en": ("regularise", "regularize", "overfitting", "noise"),
        "zh": ("丢弃", "正则化", "过拟合"),
    }
    group: ClassVar = "layers"

    p: float = dial(0.1, ge=0.0, le=0.95)
    """Share of the numbers that is silenced."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Dropout(self.p)


class _Dropout(Layer):
    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Return x with a part silenced  # (rows, features)."""
        x = tensors[0]
        if not live.training:
            return x
        p = live.dials.get(f"{node}.p", self.p)
        mask = (live.draw(node, tuple(x.shape)) >= p) / (1 - p)  # one mask, one product each way
        return x * mask
