"""Select last: of a sequence, the vector at its last real position."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port


def last_real(x: Tensor, mask: Tensor) -> Tensor:
    """Return each row at its last real position, zeros if all is padding  # (rows, features)."""
    last = (mask * torch.arange(x.shape[1], device=x.device)).amax(1)
    found = x.gather(1, last[:, None, None].expand(-1, 1, x.shape[2])).squeeze(1)
    return torch.where(mask.any(1, keepdim=True), found, 0.0)


class SelectLast(Op):
    """The vector at the last position that is not padding.

    >>> SelectLast().on("length=6, features=4")
    'features=4'
    """

    title: ClassVar = {"en": "Select last", "zh": "取最后一步"}
    words: ClassVar = {
        "en": ("last step", "final state", "end", "sequence to vector"),
        "zh": ("末位", "最后时刻", "序列转向量"),
    }
    group: ClassVar = "sequence"
    formula: ClassVar = "y = x[last real position]"
    ports: ClassVar = (Port(name="x", wants="sequence"),)
    gives: ClassVar = ("features",)
    on_padding: ClassVar = "reads"
    on_fill: ClassVar = "each"

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _SelectLast()

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        if not inputs["x"][0].masked:
            return Source("{0}[:, -1]")
        return Source("last_real({0}, {m0})", functions=(last_real,))


class _SelectLast(Layer):
    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the last real vector  # (rows, features)."""
        mask = next(iter(live.masks), None)
        return tensors[0][:, -1] if mask is None else last_real(tensors[0], mask)
