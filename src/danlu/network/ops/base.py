"""Op: one kind of step; its parameters, the ports it reads, and the layer it builds.

An op is a frozen class of parameters. ``build`` returns a `Layer`, an ordinary ``nn.Module``
written for one trial, rows first; ``trace`` runs that layer on torch's meta device, and this run
is the only shape rule there is.
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NoReturn

import pydantic
import torch
from pydantic import ConfigDict
from torch import Generator, Tensor, nn
from torch.nn import functional

from danlu.catalog import Catalog
from danlu.params import Params
from danlu.tensor import Axis, Dtype, Field, TensorType

Start = Callable[[tuple[int, ...], Generator], Tensor]
"""Makes the first value of one weight from its shape and a seeded generator."""
Inputs = Mapping[str, tuple[TensorType, ...]]
"""The types that arrive at each port of a node; one, unless the port takes many."""

DTYPES: dict[Dtype, torch.dtype] = {
    "float32": torch.float32,
    "int64": torch.int64,
    "bool": torch.bool,
}
TRACE_ROWS = 2  # no result depends on it
MOST_WEIGHTS = 2**31 - 1  # of one node


def no_draw(node: str, shape: tuple[int, ...]) -> NoReturn:
    """Refuse noise: outside training nothing may be random."""
    raise AssertionError(f"'{node}' asked for noise of shape {shape} while not training")


@dataclass(frozen=True)
class Live:
    """What a layer may know of the moment; the default is evaluation."""

    training: bool = False
    draw: Callable[[str, tuple[int, ...]], Tensor] = no_draw
    """Uniform float32 noise in [0, 1): a pure function of trial seed, step, node and element."""
    dials: Mapping[str, Tensor] = dataclasses.field(default_factory=dict)
    """Values of dials by "<node>.<field>", one 0-dim tensor each; absent = as written."""


class Layer(nn.Module, ABC):
    """What an op builds: tensors in, one tensor out, rows first.

    Weights are declared with ``learn``, which also says how they start. Nothing here draws random
    numbers: noise comes from ``live``, first values from a generator.
    """

    def __init__(self, *, macs: int = 0) -> None:
        super().__init__()
        self.macs = macs  # multiply-adds of one row
        self.starts: dict[str, Start] = {}

    def learn(self, name: str, shape: tuple[int, ...], start: Start) -> nn.Parameter:
        """Declare a weight; assign the answer to the attribute ``name``."""
        self.starts[name] = start
        return nn.Parameter(torch.zeros(shape))

    @abstractmethod
    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Compute the output (rows, ...) from the tensors of all ports in port order."""


def constant(value: float) -> Start:
    """Start every element at ``value``."""
    return lambda shape, _: torch.full(shape, value)


def uniform(bound: float) -> Start:
    """Start uniformly in [-bound, bound)."""
    return lambda shape, generator: (torch.rand(shape, generator=generator) * 2 - 1) * bound


def normal(deviation: float) -> Start:
    """Start from a normal distribution around zero."""
    return lambda shape, generator: torch.randn(shape, generator=generator) * deviation


class Refusal(Params):
    """Why an op cannot take what arrives: a code and its arguments, no sentence."""

    code: str
    port: str | None = None
    args: dict[str, str | int] = pydantic.Field({})


class Port(Params):
    """Where edges attach: what it accepts.

    ``vector`` is one float axis of plain numbers, ``table`` a vector whose columns are known,
    ``categories`` a table with at least one category column.
    """

    name: str
    wants: Literal["vector", "table", "categories"] = "vector"
    many: bool = False
    """Whether it takes several edges, in order."""

    def refuse(self, given: TensorType) -> Refusal | None:
        """Return why ``given`` does not fit, in our words, or None."""
        categories = sum(f.is_category for f in given.fields)
        told: dict[str, str | int] = {"wants": self.wants, "given": str(given)}
        if len(given.axes) != 1 or given.dtype != "float32" or given.axes[0].size is None:
            return Refusal(code="axes_mismatch", port=self.name, args=told)
        if self.wants == "vector" and categories:
            return Refusal(
                code="categories_unread", port=self.name, args={**told, "categories": categories}
            )
        if self.wants == "table" and not given.fields:
            return Refusal(code="table_wanted", port=self.name, args=told)
        if self.wants == "categories" and not categories:
            return Refusal(code="categories_wanted", port=self.name, args=told)
        return None


Law = Callable[[Inputs], Refusal | None]
"""A rule between the inputs of one node, beyond what each port wants."""


def same_sizes(inputs: Inputs) -> Refusal | None:
    """Refuse inputs of different sizes."""
    sizes = [t.shape for given in inputs.values() for t in given]
    odd = next((i for i, s in enumerate(sizes) if s != sizes[0]), None)
    if odd is None:
        return None
    args: dict[str, str | int] = {
        "first": sizes[0][0] or 0, "other": sizes[odd][0] or 0, "edge": odd
    }  # fmt: skip
    return Refusal(code="sizes_differ", port=next(iter(inputs)), args=args)


class Categories:
    """The category columns of a table, looked up in one weight: table below table, by offsets."""

    def __init__(self, fields: tuple[Field, ...]) -> None:
        columns = [f for f in fields if f.is_category]
        self.count = len(columns)
        self.runs = runs(columns)
        sizes = [f.cardinality or 0 for f in columns]
        self.offsets = [sum(sizes[:i]) for i in range(len(sizes))]
        self.rows = sum(sizes)

    def read(self, x: Tensor, weight: Tensor) -> Tensor:
        """Return the looked up vectors side by side  # (rows, count * units)."""
        index = torch.cat([x[:, a:b] for a, b in self.runs], dim=1).long()
        found = functional.embedding(index + index.new_tensor(self.offsets), weight)
        return found.flatten(1)  # (rows, count, units) before


def runs(fields: Sequence[Field]) -> list[tuple[int, int]]:
    """Return the slots of ``fields`` as few (start, end) slices, in order."""
    found: list[tuple[int, int]] = []
    for f in fields:
        end = f.start + f.width
        if found and found[-1][1] == f.start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((f.start, end))
    return found


class Op(Params, ABC):
    """One kind of step; the fields are what a user may set."""

    model_config = ConfigDict(strict=True)
    title: ClassVar[dict[str, str]]
    """Name for people, by language."""
    words: ClassVar[dict[str, tuple[str, ...]]]
    """What people may search for, by language."""
    group: ClassVar[Literal["columns", "layers", "norms", "shape", "joins"]]
    ports: ClassVar[tuple[Port, ...]] = (Port(name="x"),)
    laws: ClassVar[tuple[Law, ...]] = ()
    fusible: ClassVar[bool] = True
    """Whether trials may be stacked by ``torch.func.vmap``."""

    @abstractmethod
    def build(self, inputs: Inputs, *, head: int) -> Layer:
        """Make the layer for inputs of these types; ``head`` is what "target" stands for."""

    def refuse(self, inputs: Inputs) -> Refusal | None:
        """Return the first port or law that these inputs break, or None."""
        for port in self.ports:
            for edge, given in enumerate(inputs[port.name]):
                refusal = port.refuse(given)
                if refusal is not None:
                    return refusal.model_copy(update={"args": {**refusal.args, "edge": edge}})
        return next((r for law in self.laws if (r := law(inputs)) is not None), None)


class Trace(Params):
    """What a node makes of its inputs, read off a run on the meta device."""

    type: TensorType
    parameters: int
    macs: int
    """Multiply-adds of one row."""
    activation_bytes: int
    """Size of the output of one row."""
    passes: bool
    """Whether the node may be switched off: one input, of the very type of the output."""


def trace(op: Op, inputs: Inputs, *, head: int) -> Trace | Refusal:
    """Build the layer without memory and run it once; or say why it does not fit."""
    refusal = op.refuse(inputs)
    if refusal is not None:
        return refusal
    given = [t for port in op.ports for t in inputs[port.name]]
    try:
        with torch.device("meta"):
            layer = op.build(inputs, head=head)
            tensors = [_empty(t) for t in given]
            out = layer(*tensors, node="", live=Live())
    except (RuntimeError, ValueError, TypeError, IndexError, OverflowError) as error:
        return Refusal(code="op_failed", args={"message": str(error).split("\n", 1)[0][:200]})
    return _read(layer, out, given)


def _empty(given: TensorType) -> Tensor:
    sizes = [s for s in given.shape if s is not None]
    return torch.empty((TRACE_ROWS, *sizes), dtype=DTYPES[given.dtype])


def _read(layer: Layer, out: Tensor, given: list[TensorType]) -> Trace | Refusal:
    parameters = sum(p.numel() for p in layer.parameters())
    if parameters > MOST_WEIGHTS:
        return Refusal(code="too_large", args={"parameters": parameters, "most": MOST_WEIGHTS})
    sizes = tuple(out.shape[1:])
    names = [a.name for a in given[0].axes]
    axes = tuple(Axis(name=n, size=s) for n, s in zip(names, sizes, strict=True))
    dtype = next(name for name, value in DTYPES.items() if value == out.dtype)
    return Trace(
        type=TensorType(axes=axes, dtype=dtype),
        parameters=parameters,
        macs=layer.macs,
        activation_bytes=math.prod(sizes) * out.element_size(),
        passes=[(t.axes, t.dtype) for t in given] == [(axes, dtype)],
    )


def ops() -> Catalog[Op]:
    """Return the catalogue of this family."""
    return Catalog("danlu.network.ops", Op)  # type: ignore[type-abstract]  # the family's base
