"""Factorization: a linear model plus all pairs of columns, through short learnt vectors."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from danlu.network.along import Fit, Lie
from danlu.network.ops.base import Layer, Live, Op, Source, constant, normal
from danlu.network.ports import Inputs, Port
from danlu.network.tables import Categories, Numbers, look_up
from danlu.params import size


class Factorization(Op):
    """A factorization machine: every number and every category weighs, and so does every pair.

    The weight of a pair is the product of two learnt vectors, so pairs that never met in the
    train rows are weighed as well. One such model per output.

    >>> from danlu.network.ops.base import trace
    >>> from danlu.tensor import Field, TensorType
    >>> age, city = Field(column="age", start=0), Field(column="city", start=1, cardinality=9)
    >>> table = TensorType.of("features=2").model_copy(update={"fields": (age, city)})
    >>> trace(Factorization(units=3, factors=4), {"x": (table,)}, head=1).type.shape
    (3,)
    """

    title: ClassVar = {"en": "Factorization machine", "zh": "因子分解机"}
    words: ClassVar = {
        "en": ("fm", "pairs", "interaction", "recommender", "matrix factorization", "sparse"),
        "zh": ("因子分解", "特征交互", "推荐", "矩阵分解"),
    }
    group: ClassVar = "columns"
    formula: ClassVar = "y = b + sum_i w_i x_i + sum_i<j <v_i, v_j> x_i x_j"
    paper: ClassVar = "Rendle 2010, ICDM"
    ports: ClassVar = (Port(name="x", wants="table"),)
    on_fill: ClassVar = "sums"
    maskable: ClassVar = (
        "units",
        "factors",
    )

    units: Annotated[int, Field(ge=1, le=65536)] | Literal["target"] = size("target")
    """Outputs per row; "target" = what the task asks of its head."""
    factors: int = size(8, ge=1, le=1024)
    """Length of the learnt vectors."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:
        """Make the layer."""
        fields = inputs["x"][0].fields
        return _Factorization(Numbers(fields), Categories(fields), self._sizes(head))

    def along(self, fit: Fit) -> Lie | None:
        """Say where units and factors lie."""
        units = fit.size("units")
        width = units + units * fit.size("factors")
        weights = {"number": (None, width), "category": (None, width), "bias": (units,)}
        return Lie(units, weights)

    def source(self, inputs: Inputs, *, head: int) -> Source:
        """Write the layer in PyTorch."""
        numbers, found = Numbers(inputs["x"][0].fields), Categories(inputs["x"][0].fields)
        parts = [f"({numbers.code})[..., None] * {{self}}.number"] if numbers.count else []
        if found.count:
            parts.append(f"look_up({{0}}, {{self}}.category, {found.runs}, {found.offsets})")
        terms = parts[0] if len(parts) == 1 else f"torch.cat([{', '.join(parts)}], dim=1)"
        functions = (look_up, weigh_pairs) if found.count else (weigh_pairs,)
        shapes = _shapes(numbers, found, *self._sizes(head))
        return Source(f"weigh_pairs({terms}, {{self}}.bias)", "", functions, shapes)

    def _sizes(self, head: int) -> tuple[int, int]:
        return head if self.units == "target" else self.units, self.factors


def weigh_pairs(terms: Tensor, bias: Tensor) -> Tensor:
    """Return the sum of the single weights, and half of (square of sum - sum of squares)."""
    units = len(bias)
    single, vectors = terms[..., :units], terms[..., units:]  # (rows, columns, ...)
    both = (vectors.sum(1).square() - vectors.square().sum(1)) / 2
    return single.sum(1) + bias + both.reshape(len(both), units, -1).sum(-1)


def _shapes(
    numbers: Numbers, categories: Categories, units: int, factors: int
) -> dict[str, tuple[int, ...]]:
    width = units + units * factors
    number = {"number": (numbers.count, width)} if numbers.count else {}
    category = {"category": (categories.rows, width)} if categories.count else {}
    return {**number, **category, "bias": (units,)}


class _Factorization(Layer):
    def __init__(self, numbers: Numbers, categories: Categories, sizes: tuple[int, int]) -> None:
        super().__init__()
        self.numbers, self.categories = numbers, categories
        shapes = _shapes(numbers, categories, *sizes)
        self.number = self.category = None
        if "number" in shapes:
            self.number = self.learn("number", shapes["number"], normal(0.1))
        if "category" in shapes:
            self.category = self.learn("category", shapes["category"], normal(0.1))
        self.bias = self.learn("bias", shapes["bias"], constant(0.0))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return one weighed sum per output  # (rows, units)."""
        x, terms = tensors[0], []
        if self.number is not None:
            terms.append(self.numbers.read(x)[..., None] * self.number)
        if self.category is not None:
            terms.append(self.categories.read(x, self.category))
        return weigh_pairs(torch.cat(terms, dim=1), self.bias)
