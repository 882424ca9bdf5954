"""Periodic: every number of a table as waves of learnt frequencies."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import torch
from torch import Tensor

from danlu.network.along import Fit, Lie, every, first
from danlu.network.ops.base import Layer, Live, Op, Source, constant, normal, uniform
from danlu.network.ports import Inputs, Port
from danlu.network.tables import Numbers, numbers_wanted
from danlu.params import dial, size


class Periodic(Op):
    """Sines and cosines of each number, then a linear layer of its own.

    Category columns are left out: put an ``embedding`` beside it.

    >>> from danlu.network.ops.base import trace
    >>> from danlu.tensor import Field, TensorType
    >>> fields = (Field(column="age", start=0), Field(column="pay", start=1))
    >>> table = TensorType.of("features=2").model_copy(update={"fields": fields})
    >>> trace(Periodic(units=4), {"x": (table,)}, head=1).type.shape
    (8,)
    """

    title: ClassVar = {"en": "Periodic", "zh": "周期编码"}
    words: ClassVar = {
        "en": ("numeric embedding", "plr", "pbld", "fourier features", "sine", "frequency"),
        "zh": ("数值嵌入", "傅里叶特征", "正弦", "频率"),
    }
    group: ClassVar = "columns"
    formula: ClassVar = "y = relu(V [cos(2 pi s c x), sin(2 pi s c x)] + b)"
    paper: ClassVar = "Gorishniy 2022, arXiv:2203.05556; Holzmueller 2024, arXiv:2407.04491"
    ports: ClassVar = (Port(name="x", wants="table"),)
    laws: ClassVar = (numbers_wanted,)
    on_fill: ClassVar = "sums"
    maskable: ClassVar = ("units",)

    units: int = size(8, ge=2, le=1024)
    """Numbers out per number in."""
    frequencies: int = size(16, ge=1, le=1024)
    """Learnt frequencies per number."""
    sigma: float = dial(0.1, ge=0.001, le=100.0)
    """How fast the waves are: a factor on all frequencies, which start normally distributed."""
    form: Literal["plr", "pbld"] = size("plr")
    """plr = sines and cosines, a linear layer, relu; pbld (RealMLP) = cosines with learnt phases,
    a linear layer, and the number itself as the first unit."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Periodic(Numbers(inputs["x"][0].fields), self)

    def along(self, fit: Fit) -> Lie | None:
        """Say where the units lie."""
        units, count = fit.size("units"), Numbers(fit.types[0].fields).count
        learnt = units
        if self.form == "pbld":  # the number itself is the first of them
            learnt = first(len(units.at) - 1, units.of - 1)
        return Lie(every(count) * units, {"weight": (None, None, learnt), "bias": (None, learnt)})

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        numbers = Numbers(inputs["x"][0].fields)
        function = plr if self.form == "plr" else pbld
        shapes = shapes_of(self, numbers.count)
        given = ", ".join(f"{{self}}.{name}" for name in list(shapes)[1:])
        call = f"{function.__name__}({numbers.code}, {{self}}.frequency * {self.sigma!r}, {given})"
        return Source(f"{call}.flatten(1)", "", (function,), shapes)


def plr(x: Tensor, frequency: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return relu of a linear layer per number, over its sines and cosines."""
    angle = 2 * torch.pi * x[..., None] * frequency  # (rows, numbers, frequencies)
    waves = torch.cat([angle.cos(), angle.sin()], dim=-1)
    return torch.relu(torch.einsum("rnf,nfu->rnu", waves, weight) + bias)


def pbld(x: Tensor, frequency: Tensor, phase: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return each number and a linear layer over its shifted cosines."""
    waves = (2 * torch.pi * (x[..., None] * frequency + phase)).cos()
    found = torch.einsum("rnf,nfu->rnu", waves, weight) + bias
    return torch.cat([x[..., None], found], dim=-1)


def shapes_of(op: Periodic, numbers: int) -> dict[str, tuple[int, ...]]:
    """Return the weights by name."""
    plain = op.form == "plr"
    waves, out = (2 * op.frequencies, op.units) if plain else (op.frequencies, op.units - 1)
    frequency = (numbers, op.frequencies)
    phase = {} if plain else {"phase": frequency}
    rest = {"weight": (numbers, waves, out), "bias": (numbers, out)}
    return {"frequency": frequency, **phase, **rest}


class _Periodic(Layer):
    def __init__(self, numbers: Numbers, op: Periodic) -> None:
        super().__init__()
        self.numbers, self.sigma = numbers, op.sigma
        shapes = shapes_of(op, numbers.count)
        start = uniform(1 / math.sqrt(shapes["weight"][1]))
        self.frequency = self.learn("frequency", shapes["frequency"], normal(1.0))
        self.phase = None
        if op.form == "pbld":
            self.phase = self.learn("phase", shapes["phase"], uniform(0.5))
        self.weight = self.learn("weight", shapes["weight"], start)
        self.bias = self.learn(
            "bias", shapes["bias"], start if self.phase is None else constant(0.0)
        )

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Return what each number becomes, side by side  # (rows, numbers * units)."""
        x = self.numbers.read(tensors[0])
        frequency = self.frequency * live.dials.get(f"{node}.sigma", self.sigma)
        if self.phase is None:
            return plr(x, frequency, self.weight, self.bias).flatten(1)
        return pbld(x, frequency, self.phase, self.weight, self.bias).flatten(1)
