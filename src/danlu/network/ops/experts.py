"""Experts: several small networks, of which a gate asks the best few for every row."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from danlu.network.along import Along, Fit, Lie, every
from danlu.network.ops.base import Layer, Live, Op, Source, constant, normal, uniform
from danlu.network.ports import Inputs, Port
from danlu.params import dial, size


def mix_experts(
    x: Tensor, chosen: Tensor, wide: Tensor, wide_bias: Tensor, weight: Tensor, bias: Tensor
) -> Tensor:
    """Return the experts' answers, weighed by the gate; each has one hidden layer."""
    hidden = torch.relu(torch.einsum("...f,ehf->...eh", x, wide) + wide_bias)
    answers = torch.einsum("...eh,euh->...eu", hidden, weight) + bias
    return (answers * chosen[..., None]).sum(-2)


def choose_experts(logits: Tensor, top: int) -> Tensor:
    """Return shares of 1 for the ``top`` largest, zeros for the rest."""
    least = logits.topk(top, dim=-1).values[..., -1:]
    return torch.where(logits >= least, logits, float("-inf")).softmax(-1)


class Experts(Op):
    """A gate chooses ``top`` of the experts for each row and weighs their answers.

    All experts are computed and the unchosen weigh nothing: at these sizes that is faster than
    sorting rows by expert, and it lets trials be stacked. Left alone, a gate soon asks the same few
    for everything; ``balance`` is the price of uneven use, the squared coefficient of variation
    of the experts' shares of a batch. The noise that the paper adds to the gate is left out.

    >>> Experts(units=3).on("features=5")
    'features=3'
    """

    title: ClassVar = {"en": "Mixture of experts", "zh": "混合专家"}
    words: ClassVar = {
        "en": ("moe", "mixture", "gate", "router", "top k", "experts", "conditional"),
        "zh": ("专家混合", "门控", "路由", "稀疏专家"),
    }
    group: ClassVar = "layers"
    formula: ClassVar = "y = sum_e g_e f_e(x), g = softmax(top k of W x), f_e = V relu(U x + a) + b"
    paper: ClassVar = "Shazeer 2017, arXiv:1701.06538"
    ports: ClassVar = (Port(name="x", wants="features"),)
    on_padding: ClassVar = "reads"
    examples: ClassVar = ({"experts": 3, "top": 1}, {"experts": 3, "top": 8})
    on_fill: ClassVar = "sums"
    maskable: ClassVar = (
        "units",
        "hidden",
    )

    units: Annotated[int, Field(ge=1, le=65536)] | Literal["target"] = size(64)
    """Outputs per row; "target" = what the task asks of its head."""
    experts: int = size(4, ge=1, le=128)
    """How many there are."""
    top: int = size(2, ge=1, le=128)
    """How many of them answer for a row; more than there are = all."""
    hidden: int = size(64, ge=1, le=65536)
    """Hidden units of each."""
    balance: float = dial(0.01, ge=0.0, le=10.0)
    """Price of uneven use, added to the loss."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:
        """Make the layer."""
        return _Experts(self._shapes(inputs, head), min(self.top, self.experts), self.balance)

    def along(self, fit: Fit) -> Lie | None:
        """Say where units and hidden units lie."""
        units, hidden, experts = fit.size("units"), fit.size("hidden"), every(self.experts)
        weights: dict[str, tuple[Along | None, ...]] = {
            "gate": (fit.x,), "wide": (experts, hidden, fit.x), "wide_bias": (experts, hidden),
            "weight": (experts, units, hidden), "bias": (experts, units),
        }  # fmt: skip
        return Lie(units, weights)

    def source(self, inputs: Inputs, *, head: int) -> Source:
        """Write the layer in PyTorch."""
        shapes, top = self._shapes(inputs, head), min(self.top, self.experts)
        given = ", ".join(f"{{self}}.{name}" for name in list(shapes)[1:])
        call = f"mix_experts({{0}}, choose_experts({{0}} @ {{self}}.gate, {top}), {given})"
        return Source(call, "", (choose_experts, mix_experts), shapes)

    def _shapes(self, inputs: Inputs, head: int) -> dict[str, tuple[int, ...]]:
        features = inputs["x"][0].shape[-1] or 0
        units = head if self.units == "target" else self.units
        return {
            "gate": (features, self.experts),
            "wide": (self.experts, self.hidden, features),
            "wide_bias": (self.experts, self.hidden),
            "weight": (self.experts, units, self.hidden),
            "bias": (self.experts, units),
        }


class _Experts(Layer):
    def __init__(self, shapes: dict[str, tuple[int, ...]], top: int, balance: float) -> None:
        super().__init__()
        self.top, self.balance = top, balance
        features, hidden = shapes["gate"][0], shapes["wide"][1]
        start = uniform(1 / max(features, 1) ** 0.5)
        self.gate = self.learn("gate", shapes["gate"], normal(0.02))
        self.wide = self.learn("wide", shapes["wide"], start)
        self.wide_bias = self.learn("wide_bias", shapes["wide_bias"], start)
        self.weight = self.learn("weight", shapes["weight"], uniform(1 / hidden**0.5))
        self.bias = self.learn("bias", shapes["bias"], constant(0.0))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Return the mixture  # (rows, ..., units)."""
        x = tensors[0]
        chosen = choose_experts(x @ self.gate, self.top)  # (rows, ..., experts)
        if live.training:
            use = self._use(chosen, next(iter(live.masks), None))
            uneven = use.var(correction=0) / (use.mean().square() + 1e-10)
            live.penalise(node, live.dials.get(f"{node}.balance", self.balance) * uneven)
        return mix_experts(x, chosen, self.wide, self.wide_bias, self.weight, self.bias)

    def _use(self, chosen: Tensor, mask: Tensor | None) -> Tensor:
        """Return the sum of each expert's shares over what is real  # (experts,)."""
        real = chosen if mask is None else chosen * mask[..., None]
        return real.flatten(0, -2).sum(0)
