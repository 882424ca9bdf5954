"""Embedding: the category columns of a table as learnt vectors, side by side."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from danlu.network.ops.base import Categories, Inputs, Layer, Live, Op, Port, normal
from danlu.params import size


class Embedding(Op):
    """Each category of each column has ``units`` learnt numbers; number columns are left out."""

    title: ClassVar = {"en": "Embedding", "zh": "嵌入"}
    words: ClassVar = {
        "en": ("lookup", "category", "categorical", "entity embedding"),
        "zh": ("查表", "类别", "词向量", "实体嵌入"),
    }
    group: ClassVar = "columns"
    ports: ClassVar = (Port(name="x", wants="categories"),)

    units: int = size(8, ge=1, le=1024)
    """Learnt numbers per category column."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Embedding(Categories(inputs["x"][0].fields), self.units)


class _Embedding(Layer):
    def __init__(self, categories: Categories, units: int) -> None:
        super().__init__()
        self.categories = categories
        self.weight = self.learn("weight", (categories.rows, units), normal(0.3))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return one vector per column, side by side  # (rows, columns * units)."""
        return self.categories.read(tensors[0], self.weight)
