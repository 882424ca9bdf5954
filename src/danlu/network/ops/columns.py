"""Columns: a whole table as one vector, numbers as they are and categories embedded."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from danlu.network.ops.base import Categories, Inputs, Layer, Live, Op, Port, normal, runs
from danlu.params import size
from danlu.tensor import Field


class Columns(Op):
    """Numbers pass, every category column becomes ``units`` learnt numbers (Guo 2016)."""

    title: ClassVar = {"en": "Columns", "zh": "表格列"}
    words: ClassVar = {
        "en": ("table", "tabular", "embedding", "categories", "features"),
        "zh": ("表格", "特征", "类别", "嵌入"),
    }
    group: ClassVar = "columns"
    ports: ClassVar = (Port(name="x", wants="table"),)

    units: int = size(8, ge=1, le=1024)
    """Learnt numbers per category column."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Columns(inputs["x"][0].fields, self.units)


class _Columns(Layer):
    def __init__(self, fields: tuple[Field, ...], units: int) -> None:
        super().__init__()
        self.numbers = runs([f for f in fields if not f.is_category])
        self.categories = Categories(fields)
        table = (self.categories.rows, units)
        self.weight = self.learn("weight", table, normal(0.3)) if self.categories.count else None

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return numbers first, then one vector per category  # (rows, features)."""
        x = tensors[0]
        parts = [x[:, a:b] for a, b in self.numbers]
        if self.weight is not None:
            parts.append(self.categories.read(x, self.weight))
        return torch.cat(parts, dim=1)
