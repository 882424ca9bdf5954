"""Dot product: how far two vectors of a row agree, as one number."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port, same_sizes


class DotProduct(Op):
    """The sum of the products of two equal shapes, row by row or position by position.

    >>> DotProduct().on("features=5", "features=5")
    'features=1'
    """

    title: ClassVar = {"en": "Dot product", "zh": "点积"}
    words: ClassVar = {
        "en": ("inner product", "two tower", "match", "score", "similarity"),
        "zh": ("内积", "双塔", "匹配", "相似度", "打分"),
    }
    group: ClassVar = "joins"
    formula: ClassVar = "y = sum_i a_i b_i"
    ports: ClassVar = (Port(name="a", wants="features"), Port(name="b", wants="features"))
    laws: ClassVar = (same_sizes,)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "sums"

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _DotProduct()

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source("({0} * {1}).sum(-1, keepdim=True)")


class _DotProduct(Layer):
    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return one number per vector  # (rows, ..., 1)."""
        return (tensors[0] * tensors[1]).sum(-1, keepdim=True)
