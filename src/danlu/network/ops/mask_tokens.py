"""Mask tokens: while training, hide a random part of the tokens."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port
from danlu.params import dial

HIDDEN, SWAPPED = 0.8, 0.9  # of those chosen: 80 % hidden, 10 % swapped, 10 % kept, as in BERT


class MaskTokens(Op):
    """Of every token, with probability p: mostly the mask token, at times any other or itself.

    A network that reads what is left cannot lean on single words; and it is the first half of
    masked pretraining. Padding (0) stays, and outside training nothing changes.

    >>> MaskTokens().on("length=6")
    'length=6'
    """

    title: ClassVar = {"en": "Mask tokens", "zh": "遮盖词元"}
    words: ClassVar = {
        "en": ("bert", "masked language model", "word dropout", "pretraining"),
        "zh": ("掩码语言模型", "词元遮盖", "预训练", "词丢弃"),
    }
    group: ClassVar = "sequence"
    formula: ClassVar = "y = x, or with probability p: mask (80 %), any token (10 %), x (10 %)"
    paper: ClassVar = "Devlin 2018, arXiv:1810.04805"
    ports: ClassVar = (Port(name="x", wants="tokens"),)
    on_padding: ClassVar = "each"

    p: float = dial(0.15, ge=0.0, le=0.95)
    """Share of the tokens that is chosen."""
    token: int = Field(1, ge=1, le=1_000_000)
    """What stands for a hidden token."""
    vocabulary: int = Field(1024, ge=2, le=1_000_000)
    """How many tokens there are, padding included."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _MaskTokens(self)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source("{0}")


class _MaskTokens(Layer):
    def __init__(self, op: MaskTokens) -> None:
        super().__init__()
        self.op = op

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Return the tokens that may be seen  # (rows, length)."""
        x = tensors[0]
        if not live.training:
            return x
        p = live.dials.get(f"{node}.p", self.op.p)
        chosen, way, other = live.draw(node, (3, *x.shape)).unbind(0)
        others = 1 + (other * (self.op.vocabulary - 1)).long()
        swapped = torch.where(way < SWAPPED, others, x)
        changed = torch.where(way < HIDDEN, self.op.token, swapped)
        return torch.where((chosen < p) & (x != 0), changed, x)
