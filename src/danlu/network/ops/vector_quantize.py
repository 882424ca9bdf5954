"""Vector quantize: every vector becomes the nearest of a few learnt ones."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from danlu.network.ops.base import Layer, Live, Op, Source, normal
from danlu.network.ports import Inputs, Port
from danlu.params import dial, size


def quantize(x: Tensor, codes: Tensor) -> Tensor:
    """Return the nearest code of each vector."""
    distances = codes.square().sum(-1) - 2 * x @ codes.T  # less x squared, the same for all
    return functional.embedding(distances.argmin(-1), codes)


class VectorQuantize(Op):
    """A bottleneck of whole numbers, as in VQ-VAE: a row, or each position, picks one code.

    The gradient passes straight through to the input. Two prices are added to the loss: how far
    the codes are from the vectors that picked them, and, times ``commitment``, the reverse. A code
    that nothing picks does not move; put a norm before it and start with few codes.

    >>> VectorQuantize(codes=16).on("features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Vector quantize", "zh": "向量量化"}
    words: ClassVar = {
        "en": ("vq", "vq-vae", "codebook", "discrete", "nearest", "cluster"),
        "zh": ("码本", "离散", "最近邻", "聚类"),
    }
    group: ClassVar = "layers"
    formula: ClassVar = "y = the code nearest to x; loss + |sg(x) - y|^2 + commitment |x - sg(y)|^2"
    paper: ClassVar = "van den Oord 2017, arXiv:1711.00937"
    ports: ClassVar = (Port(name="x", wants="features"),)
    on_padding: ClassVar = "reads"
    on_fill: ClassVar = "counts"

    codes: int = size(32, ge=2, le=65536)
    """How many vectors there are to pick from."""
    commitment: float = dial(0.25, ge=0.0, le=10.0)
    """Price of a vector's distance from its code."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _VectorQuantize(self.codes, inputs["x"][0].shape[-1] or 0, self.commitment)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        weights = {"weight": (self.codes, inputs["x"][0].shape[-1] or 0)}
        return Source("quantize({0}, {self}.weight)", "", (quantize,), weights)


class _VectorQuantize(Layer):
    def __init__(self, codes: int, features: int, commitment: float) -> None:
        super().__init__()
        self.commitment = commitment
        self.weight = self.learn("weight", (codes, features), normal(1.0))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Return the picked codes  # (rows, ..., features)."""
        x = tensors[0]
        y = quantize(x, self.weight)
        if not live.training:
            return y
        mask = next(iter(live.masks), None)
        commitment = live.dials.get(f"{node}.commitment", self.commitment)
        price = _apart(x.detach(), y, mask) + commitment * _apart(x, y.detach(), mask)
        if node in live.real:  # fill is no distance, but was counted
            price = price * x.shape[-1] / live.real[node].sum()
        live.penalise(node, price)
        return x + (y - x).detach()


def _apart(x: Tensor, y: Tensor, mask: Tensor | None) -> Tensor:
    """Return the mean squared distance over what is real."""
    squares = (x - y).square().mean(-1)
    if mask is None:
        return squares.mean()
    return torch.where(mask, squares, 0.0).sum() / mask.sum().clamp(min=1)
