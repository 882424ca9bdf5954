"""Drop path: while training, a whole branch is silent for a random part of the rows."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port
from danlu.params import dial


class DropPath(Op):
    """Put it before the sum of a residual connection: with probability p the row skips the branch.

    >>> DropPath(p=0.2).on("features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Drop path", "zh": "随机深度"}
    words: ClassVar = {
        "en": ("stochastic depth", "droppath", "regularise", "regularize", "skip layers"),
        "zh": ("随机丢弃路径", "正则化", "过拟合"),
    }
    group: ClassVar = "layers"
    formula: ClassVar = "y = x m / (1 - p), m = 0 for a whole row with probability p, else 1"
    paper: ClassVar = "Huang 2016, arXiv:1603.09382"
    ports: ClassVar = (Port(name="x", wants="any"),)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "each"

    p: float = dial(0.1, ge=0.0, le=0.95)
    """Share of the rows for which the branch is silent."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _DropPath(self.p)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        call = f"drop_rows({{0}}, {self.p!r}) if self.training else {{0}}"
        return Source(call, functions=(drop_rows,))


def drop_rows(x: Tensor, p: float) -> Tensor:
    """Silence whole rows."""
    kept = torch.rand(len(x), *(1 for _ in x.shape[1:]), device=x.device) >= p
    return x * kept / (1 - p)


class _DropPath(Layer):
    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Return x, some rows of it silent  # (rows, ...)."""
        x = tensors[0]
        if not live.training:
            return x
        p = live.dials.get(f"{node}.p", self.p)
        row = (len(x), *(1 for _ in x.shape[1:]))
        return x * ((live.draw(node, row) >= p) / (1 - p))
