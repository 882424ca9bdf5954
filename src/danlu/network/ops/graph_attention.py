"""Graph attention: every node chooses how much it listens to each neighbour."""

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


def neighbours(adjacency: Tensor, mask: Tensor | None) -> Tensor:
    """Return who hears whom, each node itself included  # (rows, length, length)."""
    near = adjacency > 0
    if mask is not None:
        near = near & mask.unsqueeze(1)
    return near | torch.eye(near.shape[1], dtype=torch.bool, device=near.device)


def listen(h: Tensor, near: Tensor, hearer: Tensor, speaker: Tensor) -> Tensor:
    """Mix h over the neighbours of each node  # (rows, length, heads * units)."""
    h = h.reshape(*h.shape[:2], *hearer.shape)  # (rows, length, heads, units)
    hears, says = ((h * one).sum(-1).transpose(1, 2) for one in (hearer, speaker))
    scores = functional.leaky_relu(hears.unsqueeze(3) + says.unsqueeze(2), 0.2)
    scores = scores.masked_fill(~near.unsqueeze(1), -torch.inf)  # (rows, heads, length, length)
    return (scores.softmax(-1) @ h.transpose(1, 2)).transpose(1, 2).flatten(2)


class GraphAttention(Op):
    """Like ``graph_conv``, but the weight of an edge is learnt from both of its nodes.

    >>> GraphAttention(units=3, heads=2).on("length=6, features=4", "length=6, length=6")
    'length=6, features=6'
    """

    title: ClassVar = {"en": "Graph attention", "zh": "图注意力"}
    words: ClassVar = {
        "en": ("gat", "graph", "nodes", "edges", "neighbours"),
        "zh": ("图神经网络", "图", "节点", "边", "邻居"),
    }
    group: ClassVar = "graph"
    formula: ClassVar = "y_i = sum_j softmax_j(lrelu(a . h_i + c . h_j)) h_j over A_ij > 0, h = W x"
    paper: ClassVar = "Velickovic 2017, arXiv:1710.10903"
    ports: ClassVar = (
        Port(name="x", wants="sequence"),
        Port(name="adjacency", wants="adjacency"),
    )
    on_padding: ClassVar = "reads"
    sample: ClassVar = {
        "x": (TensorType.of("length=6, features=4"),),
        "adjacency": (TensorType.of("length=6, features=6"),),
    }
    on_fill: ClassVar = "sums"
    maskable: ClassVar = ("units", "heads")

    units: int = size(16, ge=1, le=8192)
    """Numbers that each node gets from each head."""
    heads: int = size(4, ge=1, le=256)
    """Choices made at once, laid side by side."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _GraphAttention(inputs["x"][0].shape[1] or 0, self.heads, self.units)

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
        heads = fit.size("heads")
        wide, each = heads * units, (heads, units)
        weights = {"weight": (wide, fit.x), "hearer": each, "speaker": each, "bias": (wide,)}
        return Lie(wide, weights)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        mask = "{m0}" if inputs["x"][0].masked else "None"
        near, own = f"neighbours({{1}}, {mask})", "{self}.hearer, {self}.speaker"
        call = f"listen({{0}} @ {{self}}.weight.mT, {near}, {own}) + {{self}}.bias"
        weights = {"weight": (self.heads * self.units, inputs["x"][0].shape[1] or 0)}
        pair = (self.heads, self.units)
        weights |= {"hearer": pair, "speaker": pair}
        more = {"bias": (self.heads * self.units,)}
        return Source(call, functions=(neighbours, listen), weights={**weights, **more})


class _GraphAttention(Layer):
    def __init__(self, features: int, heads: int, units: int) -> None:
        super().__init__()
        wide, start = heads * units, uniform((6 / (1 + units)) ** 0.5)
        even = uniform((6 / (features + wide)) ** 0.5)
        self.weight = self.learn("weight", (wide, features), even)
        self.hearer = self.learn("hearer", (heads, units), start)
        self.speaker = self.learn("speaker", (heads, units), start)
        self.bias = self.learn("bias", (wide,), constant(0.0))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return what each node heard  # (rows, length, heads * units)."""
        x, adjacency = tensors
        near = neighbours(adjacency, live.masks[0] if live.masks else None)
        return (
            listen(functional.linear(x, self.weight), near, self.hearer, self.speaker) + self.bias
        )

    def mask(self, tensors: tuple[Tensor, ...], masks: Masks) -> Tensor | None:
        """Nodes are the positions of x."""
        del tensors
        return masks[0]
