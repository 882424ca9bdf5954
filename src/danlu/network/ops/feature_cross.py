"""Feature cross: every pair of categories has learnt numbers of its own."""

from __future__ import annotations

import itertools
from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from danlu.network.along import Fit, Lie
from danlu.network.ops.base import Layer, Live, Op, Source, constant
from danlu.network.ports import Inputs, Port, Refusal
from danlu.params import size
from danlu.tensor import Field as Column

Pair = tuple[int, int, int, int, int]
"""Slot, slot, categories of the second, rows of the weight, and where they begin."""


class FeatureCross(Op):
    """The wide part of wide & deep: what a pair of categories adds to the answer, by heart.

    A pair of columns with up to ``buckets`` combinations has a place for each of them; of larger
    ones several combinations share a place (the remainder decides). The pairs are summed.

    >>> from danlu.network.ops.base import trace
    >>> from danlu.tensor import Field, TensorType
    >>> day, city = (Field(column=n, start=i, cardinality=9) for i, n in enumerate(["day", "city"]))
    >>> table = TensorType.of("features=2").model_copy(update={"fields": (day, city)})
    >>> trace(FeatureCross(units=3), {"x": (table,)}, head=1).type.shape
    (3,)
    """

    title: ClassVar = {"en": "Feature cross", "zh": "组合特征"}
    words: ClassVar = {
        "en": ("wide and deep", "crossed column", "pairs", "hashing", "cross product", "memorise"),
        "zh": ("宽深模型", "交叉特征", "哈希", "特征组合", "记忆"),
    }
    group: ClassVar = "columns"
    formula: ClassVar = "y = sum over pairs of columns of W[x_i, x_j]"
    paper: ClassVar = "Cheng 2016, arXiv:1606.07792"
    ports: ClassVar = (Port(name="x", wants="categories"),)
    examples: ClassVar = ({"units": 2, "buckets": 8},)
    on_fill: ClassVar = "sums"
    maskable: ClassVar = ("units",)

    units: Annotated[int, Field(ge=1, le=4096)] | Literal["target"] = size("target")
    """Numbers per pair and out of it; "target" = what the task asks of its head."""
    buckets: int = size(4096, ge=2, le=1_000_000)
    """Most places of one pair of columns."""

    def misfit(self, inputs: Inputs) -> Refusal | None:
        """Refuse a single category column: there is nothing to pair it with."""
        if len(_categories(inputs)) > 1:
            return None
        return Refusal(code="pair_wanted", port="x")

    def build(self, inputs: Inputs, *, head: int) -> Layer:
        """Make the layer."""
        return _FeatureCross(self._pairs(inputs), head if self.units == "target" else self.units)

    def along(self, fit: Fit) -> Lie | None:
        """Say where the units lie."""
        units = fit.size("units")
        return Lie(units, {"weight": (None, units)})

    def source(self, inputs: Inputs, *, head: int) -> Source:
        """Write the layer in PyTorch."""
        pairs = self._pairs(inputs)
        units = head if self.units == "target" else self.units
        weights = {"weight": (_rows(pairs), units)}
        return Source(f"cross_pairs({{0}}, {{self}}.weight, {pairs})", "", (cross_pairs,), weights)

    def _pairs(self, inputs: Inputs) -> list[Pair]:
        found: list[Pair] = []
        for a, b in itertools.combinations(_categories(inputs), 2):
            rows = min((a.cardinality or 0) * (b.cardinality or 0), self.buckets)
            found.append((a.start, b.start, b.cardinality or 0, rows, _rows(found)))
        return found


def cross_pairs(x: Tensor, weight: Tensor, pairs: list[tuple[int, int, int, int, int]]) -> Tensor:
    """Look every pair of columns up in its part of the weight, and sum what is found."""
    index = x.long()
    places = [(index[:, a] * n + index[:, b]) % rows + start for a, b, n, rows, start in pairs]
    return functional.embedding(torch.stack(places, dim=1), weight).sum(1)


def _categories(inputs: Inputs) -> list[Column]:
    return [f for f in inputs["x"][0].fields if f.is_category]


def _rows(pairs: list[Pair]) -> int:
    return pairs[-1][3] + pairs[-1][4] if pairs else 0


class _FeatureCross(Layer):
    def __init__(self, pairs: list[Pair], units: int) -> None:
        super().__init__()
        self.pairs = pairs
        self.weight = self.learn("weight", (_rows(pairs), units), constant(0.0))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the sum over all pairs  # (rows, units)."""
        return cross_pairs(tensors[0], self.weight, self.pairs)
