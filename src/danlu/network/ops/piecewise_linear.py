"""Piecewise linear: every number of a table as its place among bins."""

from __future__ import annotations

from statistics import NormalDist
from typing import ClassVar, Literal

import torch
from torch import Generator, Tensor

from danlu.network.along import Fit, Lie, every
from danlu.network.ops.base import Layer, Live, Op, Source, constant, uniform
from danlu.network.ports import Inputs, Port
from danlu.network.tables import Numbers, numbers_wanted
from danlu.params import size

EDGE = 0.005  # share of a normal distribution beyond the outermost knots
WIDEST = 2.5  # deviations to either side, for knots at equal distances


class PiecewiseLinear(Op):
    """A bin below the number says 1, one above it 0, the one that holds it how far it is filled.

    With ``units`` every column has a linear layer of its own on top, which starts as that of the
    plain number. Category columns are left out: put an ``embedding`` beside it. Tables come
    standardised, so knots at the quantiles of a normal distribution stand in for those of the
    train rows, which the paper takes.

    >>> from danlu.network.ops.base import trace
    >>> from danlu.tensor import Field, TensorType
    >>> fields = (Field(column="age", start=0), Field(column="pay", start=1))
    >>> table = TensorType.of("features=2").model_copy(update={"fields": fields})
    >>> trace(PiecewiseLinear(bins=8, units=0), {"x": (table,)}, head=1).type.shape
    (16,)
    """

    title: ClassVar = {"en": "Piecewise linear", "zh": "分段线性编码"}
    words: ClassVar = {
        "en": ("numeric embedding", "ple", "bins", "tabular", "number embedding", "spline"),
        "zh": ("数值嵌入", "分箱", "分段", "表格"),
    }
    group: ClassVar = "columns"
    formula: ClassVar = "y = x w + b + V e, e_t = (x - k_t) / (k_t+1 - k_t) held within 0..1"
    paper: ClassVar = "Gorishniy 2022, arXiv:2203.05556"
    ports: ClassVar = (Port(name="x", wants="table"),)
    laws: ClassVar = (numbers_wanted,)
    examples: ClassVar = ({"units": 0}, {"knots": "learnt", "units": 0, "bins": 3})
    on_fill: ClassVar = "sums"
    maskable: ClassVar = ("units",)

    bins: int = size(8, ge=3, le=256)
    """Bins per number."""
    units: int = size(8, ge=0, le=1024)
    """Learnt numbers per number; 0 = the bins themselves."""
    knots: Literal["normal", "uniform", "learnt"] = size("normal")
    """Where bins meet: at quantiles of a normal distribution, at equal distances within 2.5
    deviations, or where it is best, beginning at the quantiles."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        edges = _edges(self.knots, self.bins)
        return _PiecewiseLinear(
            Numbers(inputs["x"][0].fields), edges, self.units, learnt=self.knots == "learnt"
        )

    def along(self, fit: Fit) -> Lie | None:
        """Say where the units lie."""
        units, count = fit.size("units"), Numbers(fit.types[0].fields).count
        weights = {"weight": (None, units), "bias": (None, units), "bins": (None, None, units)}
        return Lie(every(count) * units, weights) if self.units else None

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        numbers = Numbers(inputs["x"][0].fields)
        edges = f"torch.tensor({_edges(self.knots, self.bins)})"
        if self.knots == "learnt":
            edges = "rising_knots({self}.first, {self}.gaps)"
        weights = _shapes(numbers.count, self.bins, self.units, learnt=self.knots == "learnt")
        functions = (rising_knots, fill_bins) if self.knots == "learnt" else (fill_bins,)
        if not self.units:
            return Source(f"fill_bins({numbers.code}, {edges}).flatten(1)", "", functions, weights)
        call = (
            f"embed_numbers({numbers.code}, {edges}, {{self}}.weight, {{self}}.bias, {{self}}.bins)"
        )
        return Source(f"{call}.flatten(1)", "", (*functions, embed_numbers), weights)


def rising_knots(first: Tensor, gaps: Tensor) -> Tensor:
    """Return knots that never change places, from the lowest one and logarithms of widths."""
    return torch.cat([first, first + gaps.exp().cumsum(dim=-1)], dim=-1)


def fill_bins(x: Tensor, edges: Tensor) -> Tensor:
    """Return how far each number fills each bin; the outer bins have no end."""
    left, right = edges[..., :-1], edges[..., 1:]
    share = (x[..., None] - left) / (right - left)  # (rows, numbers, bins)
    inner = share[..., 1:-1].clamp(0.0, 1.0)
    return torch.cat([share[..., :1].clamp(max=1.0), inner, share[..., -1:].clamp(min=0.0)], dim=-1)


def embed_numbers(x: Tensor, edges: Tensor, weight: Tensor, bias: Tensor, bins: Tensor) -> Tensor:
    """Return a linear layer per number, plus one of its bins  # (rows, numbers, units)."""
    bent = torch.einsum("rnb,nbu->rnu", fill_bins(x, edges), bins)
    return x[..., None] * weight + bias + bent


def _shapes(numbers: int, bins: int, units: int, *, learnt: bool) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    if learnt:
        found |= {"first": (numbers, 1), "gaps": (numbers, bins)}
    if units:
        found |= {"weight": (numbers, units), "bias": (numbers, units)}
        found |= {"bins": (numbers, bins, units)}
    return found


def _edges(knots: str, bins: int) -> list[float]:
    if knots == "uniform":
        return [round(WIDEST * (2 * i / bins - 1), 6) for i in range(bins + 1)]
    inner = [NormalDist().inv_cdf(i / bins) for i in range(1, bins)]
    outer = NormalDist().inv_cdf(1 - EDGE)
    return [round(edge, 6) for edge in (-outer, *inner, outer)]


class _PiecewiseLinear(Layer):
    def __init__(self, numbers: Numbers, edges: list[float], units: int, *, learnt: bool) -> None:
        super().__init__()
        self.numbers, self.edges, self.units = numbers, edges, units
        shapes = _shapes(numbers.count, len(edges) - 1, units, learnt=learnt)
        self.first = self.gaps = self.weight = self.bias = self.bins = None
        if learnt:
            self.first = self.learn("first", shapes["first"], constant(edges[0]))
            self.gaps = self.learn("gaps", shapes["gaps"], self._widths)
        if units:
            start = uniform(1 / units**0.5)
            self.weight = self.learn("weight", shapes["weight"], start)
            self.bias = self.learn("bias", shapes["bias"], start)
            self.bins = self.learn("bins", shapes["bins"], constant(0.0))

    def _widths(self, shape: tuple[int, ...], generator: Generator) -> Tensor:
        del generator
        return torch.tensor(self.edges).diff().log().expand(shape).clone()

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return what each number becomes, side by side  # (rows, numbers * units or bins)."""
        x = self.numbers.read(tensors[0])
        if self.first is None or self.gaps is None:
            edges = x.new_tensor(self.edges)
        else:
            edges = rising_knots(self.first, self.gaps)
        if self.weight is None or self.bias is None or self.bins is None:
            return fill_bins(x, edges).flatten(1)
        return embed_numbers(x, edges, self.weight, self.bias, self.bins).flatten(1)
