"""Flatten: an image or a sequence as one long vector."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from danlu.network.along import Fit, Lie, axis_of, every
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
    on_fill: ClassVar = "each"

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Flatten()

    def along(self, fit: Fit) -> Lie | None:
        """Say where the features of every place, or the places of every channel, lie."""
        found = every(1)
        for place, axis in enumerate(fit.types[0].axes):
            found *= fit.x if place == axis_of(fit.types[0]) else every(axis.size or 0)
        return Lie(found)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source("{0}.flatten(1)")


class _Flatten(Layer):
    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return one vector per row  # (rows, features)."""
        return tensors[0].flatten(1)
