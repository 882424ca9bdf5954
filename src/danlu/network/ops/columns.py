"""Columns: a whole table as one vector or as one token per column, categories embedded."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source, normal
from danlu.network.ports import Inputs, Port
from danlu.network.tables import Categories, look_up, runs
from danlu.params import size
from danlu.tensor import Field


class Columns(Op):
    """Numbers pass, every category column becomes ``units`` learnt numbers.

    >>> from danlu.tensor import Field, TensorType
    >>> age, city = Field(column="age", start=0), Field(column="city", start=1, cardinality=9)
    >>> table = TensorType.of("features=2").model_copy(update={"fields": (age, city)})
    >>> from danlu.network.ops.base import trace
    >>> trace(Columns(units=4), {"x": (table,)}, head=1).type.shape
    (5,)
    """

    title: ClassVar = {"en": "Columns", "zh": "表格列"}
    words: ClassVar = {
        "en": ("table", "tabular", "embedding", "categories", "features"),
        "zh": ("表格", "特征", "类别", "嵌入"),
    }
    group: ClassVar = "columns"
    formula: ClassVar = "y = [numbers, W[category 1], W[category 2], ...]"
    paper: ClassVar = "Guo 2016, arXiv:1604.06737"
    ports: ClassVar = (Port(name="x", wants="table"),)

    units: int = size(8, ge=1, le=1024)
    """Learnt numbers per category column."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Columns(inputs["x"][0].fields, self.units)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        fields = inputs["x"][0].fields
        numbers, found = runs([f for f in fields if not f.is_category]), Categories(fields)
        parts = ", ".join(f"{{0}}[:, {a}:{b}]" for a, b in numbers)
        if not found.count:
            return Source(f"torch.cat([{parts}], dim=1)")
        read = f"look_up({{0}}, {{self}}.weight, {found.runs}, {found.offsets}).flatten(1)"
        whole = f"torch.cat([{parts}, {read}], dim=1)" if parts else read
        return Source(
            whole, functions=(look_up,), weights={"weight": (found.rows, self.units)}
        )  # fmt: skip


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
            parts.append(self.categories.read(x, self.weight).flatten(1))
        return torch.cat(parts, dim=1)
