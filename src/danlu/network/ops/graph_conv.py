"""Graph convolution: every node takes the weighted mean of its neighbours, then a dense layer."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from danlu.network.along import Fit, Lie
from danlu.network.ops.base import Layer, Live, Masks, Op, Source, constant, uniform
from danlu.network.ports import Inputs, Port, Refusal
from danlu.params import size
from danlu.tensor import TensorType


def spread(adjacency: Tensor, mask: Tensor | None) -> Tensor:
    """Return D^-1/2 (A + I) D^-1/2 of the real nodes; what is below zero is no edge."""
    edges = adjacency.clamp(min=0.0)
    if mask is not None:
        edges = edges.masked_fill(~(mask.unsqueeze(1) & mask.unsqueeze(2)), 0.0)
    edges = edges + torch.eye(edges.shape[1], device=edges.device)
    scale = edges.sum(2).rsqrt()  # at least 1 stands below the root
    return scale.unsqueeze(2) * edges * scale.unsqueeze(1)


class GraphConv(Op):
    """One step along the edges of a graph; the nodes are the positions of a sequence.

    >>> GraphConv(units=3).on("length=6, features=4", "length=6, length=6")
    'length=6, features=3'
    """

    title: ClassVar = {"en": "Graph convolution", "zh": "图卷积"}
    words: ClassVar = {
        "en": ("gcn", "graph", "nodes", "edges", "neighbours"),
        "zh": ("图神经网络", "图", "节点", "边", "邻居"),
    }
    group: ClassVar = "graph"
    formula: ClassVar = "y = D^-1/2 (A + I) D^-1/2 x W' + b"
    paper: ClassVar = "Kipf 2016, arXiv:1609.02907"
    ports: ClassVar = (
        Port(name="x", wants="sequence"),
        Port(name="adjacency", wants="adjacency"),
    )
    on_padding: ClassVar = "reads"
    sample: ClassVar = {
        "x": (TensorType.of("length=6, features=4"),),
        "adjacency": (TensorType.of("length=6, length=6"),),
    }
    on_fill: ClassVar = "sums"
    maskable: ClassVar = ("units",)

    units: int = size(64, ge=1, le=65536)
    """Numbers that each node gets."""
    bias: bool = True
    """Whether a constant is learnt for each of them."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _GraphConv(inputs["x"][0].shape[1] or 0, self.units, bias=self.bias)

    def misfit(self, inputs: Inputs) -> Refusal | None:
        """Refuse an adjacency of another number of nodes."""
        x, edges = inputs["x"][0], inputs["adjacency"][0]
        if x.shape[0] == edges.shape[0]:
            return None
        told: dict[str, str | int] = {"first": str(x), "other": str(edges)}
        return Refusal(code="pair_differs", port="adjacency", args=told)

    def along(self, fit: Fit) -> Lie | None:
        """Say where the units lie."""
        units = fit.size("units")
        return Lie(units, {"weight": (units, fit.x), "bias": (units,)})

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        mask = "{m0}" if inputs["x"][0].masked else "None"
        bias = ", {self}.bias" if self.bias else ""
        call = f"functional.linear(spread({{1}}, {mask}) @ {{0}}, {{self}}.weight{bias})"
        weights: dict[str, tuple[int, ...]] = {"weight": (self.units, inputs["x"][0].shape[1] or 0)}
        if self.bias:
            weights["bias"] = (self.units,)
        return Source(call, functions=(spread,), weights=weights)


class _GraphConv(Layer):
    def __init__(self, features: int, units: int, *, bias: bool) -> None:
        super().__init__()
        start = uniform((6 / (features + units)) ** 0.5)
        self.weight = self.learn("weight", (units, features), start)
        self.bias = self.learn("bias", (units,), constant(0.0)) if bias else None

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return what each node gets  # (rows, length, units)."""
        x, adjacency = tensors
        edges = spread(adjacency, live.masks[0] if live.masks else None)
        return functional.linear(edges @ x, self.weight, self.bias)

    def mask(self, tensors: tuple[Tensor, ...], masks: Masks) -> Tensor | None:
        """Nodes are the positions of x."""
        del tensors
        return masks[0]
