"""Flatten: an image or a sequence as one long vector."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port


class Flatten(Op):
    """All numbers of a row in one line, the last axis fastest.

    >>> Flatten().on("channels=3, height=8, width=8")
    'features=192'
    """

    title: ClassVar = {"en": "Flatten", "zh": "展平"}
    words: ClassVar = {"en": ("vector", "reshape", "line"), "zh": ("拉平", "向量", "一维")}
    group: ClassVar = "shape"
    formula: ClassVar = "y[(c h + i) w + j] = x[c, i, j]"
    ports: ClassVar = (Port(name="x", wants="any"),)
    gives: ClassVar = ("features",)

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Flatten()

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source("{0}.flatten(1)")


class _Flatten(Layer):
    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return one vector per row  # (rows, features)."""
        return tensors[0].flatten(1)
