"""Sparse penalty: pass everything on, and add to the loss what is not quiet."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port
from danlu.params import dial, size

EDGE = 1e-4  # of a mean activation, where the divergence would be infinite


class SparsePenalty(Op):
    """Puts a price on activations, so that few features speak for a row; answers do not change.

    ``l1`` is the mean of |x|. ``kl`` is for features between 0 and 1 (put a sigmoid before it):
    how far the mean of each over the batch is from ``rate``, summed over the features.

    >>> SparsePenalty(strength=0.01).on("features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Sparse penalty", "zh": "稀疏惩罚"}
    words: ClassVar = {
        "en": ("sparsity", "l1", "kl", "sparse autoencoder", "activity regularizer"),
        "zh": ("稀疏", "稀疏自编码器", "活动正则化", "稀疏性"),
    }
    group: ClassVar = "layers"
    formula: ClassVar = (
        "y = x; loss + strength * mean |x|, or + strength * sum_i KL(rate, mean x_i)"
    )
    paper: ClassVar = "Ng 2011, CS294A lecture notes"
    ports: ClassVar = (Port(name="x", wants="features"),)
    on_padding: ClassVar = "reads"
    on_fill: ClassVar = "counts"

    strength: float = dial(1e-3, ge=0.0, le=100.0)
    """Price of it, added to the loss."""
    kind: Literal["l1", "kl"] = size("l1")
    """What is paid for."""
    rate: float = dial(0.05, ge=0.001, le=0.5)
    """Share of the rows for which a feature should be on; kl only."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _SparsePenalty(self)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source("{0}")


class _SparsePenalty(Layer):
    def __init__(self, op: SparsePenalty) -> None:
        super().__init__()
        self.op = op

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Return x as it is  # (rows, ..., features)."""
        x = tensors[0]
        if live.training:
            mask, real = next(iter(live.masks), None), live.real.get(node)
            quantity = x.abs() if self.op.kind == "l1" else x
            mean = _mean(quantity, mask)  # (features,)
            if self.op.kind == "l1":
                price = mean.mean() if real is None else mean.sum() / real.sum()
            else:
                rate = live.dials.get(f"{node}.rate", self.op.rate)
                price = _divergence(rate, mean, real)
            live.penalise(node, live.dials.get(f"{node}.strength", self.op.strength) * price)
        return x


def _mean(x: Tensor, mask: Tensor | None) -> Tensor:
    """Return the mean of every feature over what is real."""
    if mask is None:
        return x.flatten(0, -2).mean(0)
    real = torch.where(mask[..., None], x, 0.0).flatten(0, -2)
    return real.sum(0) / mask.sum().clamp(min=1)


def _divergence(rate: Tensor | float, mean: Tensor, real: Tensor | None) -> Tensor:
    """Return how much a coin of this rate and coins of these means differ, summed."""
    p, q = torch.as_tensor(rate, dtype=mean.dtype), mean.clamp(EDGE, 1 - EDGE)
    each = p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log()
    return each.sum() if real is None else (each * real).sum()
