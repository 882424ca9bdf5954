"""Embedding: categories or tokens as learnt vectors."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import Tensor
from torch.nn import functional

from danlu.network.along import Fit, Lie, every
from danlu.network.ops.base import Layer, Live, Masks, Op, Source, normal
from danlu.network.ports import Inputs, Port
from danlu.network.tables import Categories, look_up
from danlu.params import size


class Embedding(Op):
    """Each category of each column, or each token, has ``units`` learnt numbers.

    Of a table the columns lie side by side, and number columns are left out. Tokens become a
    sequence, in which token 0 is padding.

    >>> Embedding(units=4).on("length=6")
    'length=6, features=4'
    """

    title: ClassVar = {"en": "Embedding", "zh": "嵌入"}
    words: ClassVar = {
        "en": ("lookup", "category", "categorical", "entity embedding", "word vector", "tokens"),
        "zh": ("查表", "类别", "词向量", "实体嵌入", "词元"),
    }
    group: ClassVar = "columns"
    formula: ClassVar = "y = W[x]"
    paper: ClassVar = "Guo 2016, arXiv:1604.06737"
    ports: ClassVar = (Port(name="x", wants="indices"),)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "sums"
    maskable: ClassVar = ("units",)

    units: int = size(8, ge=1, le=1024)
    """Learnt numbers per category or token."""
    vocabulary: int = Field(1024, ge=2, le=1_000_000)
    """How many tokens there are; of a table its columns say so."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        given = inputs["x"][0]
        if given.dtype == "int64":
            return _Tokens(self.vocabulary, self.units)
        return _Embedding(Categories(given.fields), self.units)

    def axes(self, inputs: Inputs) -> tuple[str, ...]:
        """Name the axes: tokens keep their length."""
        return ("length", "features") if inputs["x"][0].dtype == "int64" else ("features",)

    def along(self, fit: Fit) -> Lie | None:
        """Say where the units lie."""
        units, given = fit.size("units"), fit.types[0]
        columns = 1 if given.dtype == "int64" else Categories(given.fields).count
        return Lie(every(columns) * units, {"weight": (None, units)})

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        given = inputs["x"][0]
        if given.dtype == "int64":
            make = f"nn.Embedding({self.vocabulary}, {self.units})"
            return Source("{self}({0})", make, mask="{0} != 0")
        found = Categories(given.fields)
        call = f"look_up({{0}}, {{self}}.weight, {found.runs}, {found.offsets}).flatten(1)"
        weights = {"weight": (found.rows, self.units)}
        return Source(call, functions=(look_up,), weights=weights)


class _Embedding(Layer):
    def __init__(self, categories: Categories, units: int) -> None:
        super().__init__()
        self.categories = categories
        self.weight = self.learn("weight", (categories.rows, units), normal(0.3))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return one vector per column, side by side  # (rows, columns * units)."""
        return self.categories.read(tensors[0], self.weight).flatten(1)


class _Tokens(Layer):
    def __init__(self, vocabulary: int, units: int) -> None:
        super().__init__()
        self.weight = self.learn("weight", (vocabulary, units), normal(0.3))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return one vector per token  # (rows, length, units)."""
        return functional.embedding(tensors[0], self.weight)

    def mask(self, tensors: tuple[Tensor, ...], masks: Masks) -> Tensor | None:
        """Token 0 is padding."""
        del masks
        return tensors[0] != 0
