"""Columns: a whole table as one vector or as one token per column, categories embedded."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from torch import Tensor

from danlu.network.along import Fit, Lie, every
from danlu.network.ops.base import Layer, Live, Op, Source, normal
from danlu.network.ports import Inputs, Port
from danlu.network.tables import Categories, Numbers, look_up
from danlu.params import size
from danlu.tensor import Field


class Columns(Op):
    """Numbers pass, every category column becomes ``units`` learnt numbers.

    As tokens, every column becomes ``units`` learnt numbers, a position of a sequence: a number
    scales a learnt vector, a column of several numbers adds them up, and each position has a bias
    that says which column it is.

    >>> from danlu.tensor import Field, TensorType
    >>> age, city = Field(column="age", start=0), Field(column="city", start=1, cardinality=9)
    >>> table = TensorType.of("features=2").model_copy(update={"fields": (age, city)})
    >>> from danlu.network.ops.base import trace
    >>> trace(Columns(units=4), {"x": (table,)}, head=1).type.shape
    (5,)
    >>> trace(Columns(units=4, form="tokens"), {"x": (table,)}, head=1).type.shape
    (2, 4)
    """

    title: ClassVar = {"en": "Columns", "zh": "表格列"}
    words: ClassVar = {
        "en": ("table", "tabular", "embedding", "categories", "features", "feature tokenizer"),
        "zh": ("表格", "特征", "类别", "嵌入", "特征词元"),
    }
    group: ClassVar = "columns"
    formula: ClassVar = "y = [numbers, W[category 1], ...]; tokens: y_j = x_j w_j + b_j or W[x_j]"
    paper: ClassVar = "Guo 2016, arXiv:1604.06737; Gorishniy 2021, arXiv:2106.11959"
    ports: ClassVar = (Port(name="x", wants="table"),)
    on_fill: ClassVar = "sums"
    maskable: ClassVar = ("units",)

    units: int = size(8, ge=1, le=1024)
    """Learnt numbers per category column; of tokens, per column."""
    form: Literal["vector", "tokens"] = size("vector")
    """One vector for the table, or a sequence with one position per column."""

    def axes(self, inputs: Inputs) -> tuple[str, ...]:
        """Name the axes."""
        del inputs
        return ("features",) if self.form == "vector" else ("length", "features")

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        make = _Columns if self.form == "vector" else _Tokens
        return make(inputs["x"][0].fields, self.units)

    def along(self, fit: Fit) -> Lie | None:
        """Say where the units lie."""
        units, fields = fit.size("units"), fit.types[0].fields
        numbers, categories = Numbers(fields), Categories(fields)
        weights = dict.fromkeys(("scale", "weight", "bias"), (None, units))
        if self.form == "tokens":
            return Lie(units, weights)
        return Lie(every(numbers.count) + every(categories.count) * units, weights)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        numbers, found = Numbers(inputs["x"][0].fields), Categories(inputs["x"][0].fields)
        tokens = self.form == "tokens"
        parts, weights = [*numbers.parts], _shapes(numbers, found, self.units, tokens=tokens)
        functions = (look_up,) if found.count else ()
        if tokens and numbers.count:
            parts = [f"scale_columns({numbers.code}, {{self}}.scale, {numbers.widths})"]
            functions = (scale_columns, *functions)
        if found.count:
            read = f"look_up({{0}}, {{self}}.weight, {found.runs}, {found.offsets})"
            parts.append(read if tokens else f"{read}.flatten(1)")
        whole = parts[0] if len(parts) == 1 else f"torch.cat([{', '.join(parts)}], dim=1)"
        return Source(f"{whole} + {{self}}.bias" if tokens else whole, "", functions, weights)


def scale_columns(x: Tensor, scale: Tensor, widths: list[int]) -> Tensor:
    """Return a vector per column, the sum over its numbers  # (rows, columns, units)."""
    y = x[..., None] * scale
    if max(widths) == 1:
        return y
    return torch.stack([part.sum(dim=1) for part in torch.split(y, widths, dim=1)], dim=1)


def _shapes(
    numbers: Numbers, categories: Categories, units: int, *, tokens: bool
) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    if tokens and numbers.count:
        found["scale"] = (numbers.count, units)
    if categories.count:
        found["weight"] = (categories.rows, units)
    if tokens:
        found["bias"] = (len(numbers.widths) + categories.count, units)
    return found


class _Columns(Layer):
    def __init__(self, fields: tuple[Field, ...], units: int) -> None:
        super().__init__()
        self.numbers, self.categories = Numbers(fields), Categories(fields)
        table = (self.categories.rows, units)
        self.weight = self.learn("weight", table, normal(0.3)) if self.categories.count else None

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return numbers first, then one vector per category  # (rows, features)."""
        x = tensors[0]
        parts = [x[:, a:b] for a, b in self.numbers.runs]
        if self.weight is not None:
            parts.append(self.categories.read(x, self.weight).flatten(1))
        return torch.cat(parts, dim=1)


class _Tokens(Layer):
    def __init__(self, fields: tuple[Field, ...], units: int) -> None:
        super().__init__()
        self.numbers, self.categories = Numbers(fields), Categories(fields)
        self.scale = self.weight = None
        shapes = _shapes(self.numbers, self.categories, units, tokens=True)
        if "scale" in shapes:
            self.scale = self.learn("scale", shapes["scale"], normal(0.3))
        if "weight" in shapes:
            self.weight = self.learn("weight", shapes["weight"], normal(0.3))
        self.bias = self.learn("bias", shapes["bias"], normal(0.3))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return numbers first, then categories, a position each  # (rows, columns, units)."""
        x, parts = tensors[0], []
        if self.scale is not None:
            parts.append(scale_columns(self.numbers.read(x), self.scale, self.numbers.widths))
        if self.weight is not None:
            parts.append(self.categories.read(x, self.weight))
        return torch.cat(parts, dim=1) + self.bias
