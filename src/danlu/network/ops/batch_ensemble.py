"""Batch ensemble: one dense layer as many, which share most of their weights."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field
from torch import Generator, Tensor

from danlu.network.along import Fit, Lie
from danlu.network.ops.base import Layer, Live, Op, Source, constant, uniform
from danlu.network.ports import Inputs, Port, Refusal
from danlu.params import size
from danlu.tensor import TensorType


def of_members(inputs: Inputs) -> Refusal | None:
    """Refuse all but a vector, or one vector per member."""
    names = tuple(a.name for a in inputs["x"][0].axes)
    if names in (("features",), ("members", "features")):
        return None
    told: dict[str, str | int] = {"wants": "vector", "given": str(inputs["x"][0])}
    return Refusal(code="axes_mismatch", port="x", args=told)


class BatchEnsemble(Op):
    """Members see the same rows through one weight, each by its own factors and bias.

    The first such layer turns a vector into one vector per member, those after it keep the
    members apart, and so do dense, activation, dropout and layer_norm between them, whose weights
    the members share. An output of members is learnt by each of them for itself and answered by
    their mean; ``mean_members`` joins them earlier.

    >>> BatchEnsemble(units=3, members=8).on("features=5")
    'members=8, features=3'
    >>> BatchEnsemble(units=2, kind="own").on("members=8, features=3")
    'members=8, features=2'
    """

    title: ClassVar = {"en": "Batch ensemble", "zh": "批量集成"}
    words: ClassVar = {
        "en": ("tabm", "ensemble", "members", "packed ensemble", "adapters", "rank one"),
        "zh": ("集成", "成员", "集成学习", "秩一适配器"),
    }
    group: ClassVar = "layers"
    formula: ClassVar = "y_k = ((x_k * r_k) W') * s_k + b_k for each member k"
    paper: ClassVar = "Gorishniy 2024, arXiv:2410.24210; Wen 2020, arXiv:2002.06715"
    ports: ClassVar = (Port(name="x", wants="features"),)
    laws: ClassVar = (of_members,)
    gives: ClassVar = ("members", "features")
    maskable: ClassVar = ("units",)
    on_fill: ClassVar = "sums"
    sample: ClassVar = {"x": (TensorType.of("features=5"),)}
    examples: ClassVar = ({"kind": "own", "bias": False},)

    units: Annotated[int, Field(ge=1, le=65536)] | Literal["target"] = size(64)
    """Outputs per member; "target" = what the task asks of its head."""
    members: int = size(16, ge=1, le=256)
    """How many there are; once the input has members, their number stays."""
    kind: Literal["shared", "input", "own"] = size("shared")
    """shared = one weight, and factors before and behind it; input = factors before it only
    (TabM-mini); own = a weight for each member, as in the heads of TabM."""
    bias: bool = True
    """Whether constants are learnt."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:
        """Make the layer."""
        given = inputs["x"][0]
        return _BatchEnsemble(self._shapes(given, head), first=len(given.axes) == 1)

    def along(self, fit: Fit) -> Lie | None:
        """Say where the units lie."""
        units = fit.size("units")
        own, bias = self.kind == "own", (None, units)
        weights = {
            "weight": (None, units, fit.x) if own else (units, fit.x),
            "s": (None, units), "bias": (units,) if self.kind == "input" else bias,
        }  # fmt: skip
        return Lie(units, weights)

    def source(self, inputs: Inputs, *, head: int) -> Source:
        """Write the layer in PyTorch."""
        given = inputs["x"][0]
        x = "{0}[:, None]" if len(given.axes) == 1 else "{0}"
        shapes = self._shapes(given, head)
        if self.kind == "own":
            members = shapes["weight"][0]
            spread = f"{x}.expand(-1, {members}, -1)" if len(given.axes) == 1 else x
            call = f"torch.einsum('rmf,muf->rmu', {spread}, {{self}}.weight)"
        else:
            call = f"functional.linear({x} * {{self}}.r, {{self}}.weight)"
            call += " * {self}.s" if "s" in shapes else ""
        call += " + {self}.bias" if self.bias else ""
        return Source(call, weights=shapes)

    def _shapes(self, given: TensorType, head: int) -> dict[str, tuple[int, ...]]:
        features = given.shape[-1] or 0
        members = self.members if len(given.axes) == 1 else given.shape[0] or 0
        units = head if self.units == "target" else self.units
        found: dict[str, tuple[int, ...]] = {}
        if self.kind == "own":
            found["weight"] = (members, units, features)
        else:
            found |= {"r": (members, features), "weight": (units, features)}
        if self.kind == "shared":
            found["s"] = (members, units)
        if self.bias:
            found["bias"] = (units,) if self.kind == "input" else (members, units)
        return found


def signs(shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Start at -1 or 1, by which the first layer tells its members apart."""
    return torch.randint(0, 2, shape, generator=generator) * 2.0 - 1.0


class _BatchEnsemble(Layer):
    def __init__(self, shapes: dict[str, tuple[int, ...]], *, first: bool) -> None:
        super().__init__()
        start = uniform(1 / max(shapes["weight"][-1], 1) ** 0.5)
        self.first, self.r, self.s, self.bias = first, None, None, None
        if "r" in shapes:
            self.r = self.learn("r", shapes["r"], signs if first else constant(1.0))
        self.weight = self.learn("weight", shapes["weight"], start)
        if "s" in shapes:
            self.s = self.learn("s", shapes["s"], constant(1.0))
        if "bias" in shapes:
            self.bias = self.learn("bias", shapes["bias"], start)

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return what every member makes of a row  # (rows, members, units)."""
        x = tensors[0][:, None] if self.first else tensors[0]
        if self.r is None:
            members = x.expand(-1, len(self.weight), -1)
            y = torch.einsum("rmf,muf->rmu", members, self.weight)
        else:
            y = torch.nn.functional.linear(x * self.r, self.weight)
        y = y if self.s is None else y * self.s
        return y if self.bias is None else y + self.bias
