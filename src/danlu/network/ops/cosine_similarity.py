"""Cosine similarity: how far two vectors point the same way, whatever their lengths."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor
from torch.nn import functional

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port, Refusal


class CosineSimilarity(Op):
    """One number in [-1, 1] from two vectors; from two sequences, one at every position.

    >>> CosineSimilarity().on("features=5", "features=5")
    'features=1'
    """

    title: ClassVar = {"en": "Cosine similarity", "zh": "余弦相似度"}
    words: ClassVar = {
        "en": ("angle", "two-tower", "match", "retrieval", "recommender"),
        "zh": ("夹角", "双塔", "匹配", "召回", "推荐"),
    }
    group: ClassVar = "joins"
    formula: ClassVar = "z = x . y / (|x| |y|)"
    ports: ClassVar = (Port(name="x", wants="features"), Port(name="y", wants="features"))
    on_padding: ClassVar = "each"

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _CosineSimilarity()

    on_fill: ClassVar = "sums"

    def misfit(self, inputs: Inputs) -> Refusal | None:
        """Refuse vectors of different sizes."""
        x, y = (inputs[port][0] for port in "xy")
        if x.axes == y.axes:
            return None
        return Refusal(code="pair_differs", port="y", args={"first": str(x), "other": str(y)})

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source("functional.cosine_similarity({0}, {1}, dim=-1).unsqueeze(-1)")


class _CosineSimilarity(Layer):
    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the cosine of the angle  # (rows, ..., 1)."""
        return functional.cosine_similarity(tensors[0], tensors[1], dim=-1).unsqueeze(-1)
