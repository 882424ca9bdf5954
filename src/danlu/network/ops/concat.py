"""Concat: vectors side by side."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from danlu.network.ops.base import Inputs, Layer, Live, Op, Port


class Concat(Op):
    """All inputs joined along their features, in the order of the edges."""

    title: ClassVar = {"en": "Concat", "zh": "拼接"}
    words: ClassVar = {
        "en": ("concatenate", "join", "merge", "stack", "side by side"),
        "zh": ("连接", "合并", "串联"),
    }
    group: ClassVar = "joins"
    ports: ClassVar = (Port(name="xs", many=True),)

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Concat()


class _Concat(Layer):
    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the inputs side by side  # (rows, sum of features)."""
        return torch.cat(tensors, dim=-1)
