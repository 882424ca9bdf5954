"""Mean over: of a sequence, the mean of its real positions."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port


def mean_of_real(x: Tensor, mask: Tensor) -> Tensor:
    """Return the mean of each row's real positions, zeros if there is none  # (rows, features)."""
    total = torch.where(mask.unsqueeze(-1), x, 0.0).sum(1)
    return total / mask.sum(1, keepdim=True).clamp(min=1)


class MeanOver(Op):
    """The mean along the length; padding does not count.

    >>> MeanOver().on("length=6, features=4")
    'features=4'
    """

    title: ClassVar = {"en": "Mean over length", "zh": "按长度取均值"}
    words: ClassVar = {
        "en": ("average", "pool", "mean pooling", "sequence to vector"),
        "zh": ("平均", "池化", "平均池化", "序列转向量"),
    }
    group: ClassVar = "sequence"
    formula: ClassVar = "y = mean of x over the real positions"
    ports: ClassVar = (Port(name="x", wants="sequence"),)
    gives: ClassVar = ("features",)
    on_padding: ClassVar = "reads"
    on_fill: ClassVar = "each"

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _MeanOver()

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        if not inputs["x"][0].masked:
            return Source("{0}.mean(1)")
        return Source("mean_of_real({0}, {m0})", functions=(mean_of_real,))


class _MeanOver(Layer):
    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the mean of the real positions  # (rows, features)."""
        mask = next(iter(live.masks), None)
        return tensors[0].mean(1) if mask is None else mean_of_real(tensors[0], mask)
