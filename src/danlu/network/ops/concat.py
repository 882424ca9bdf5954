"""Concat: tensors side by side."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from danlu.network.along import Fit, Lie
from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port, Refusal


def same_but_one(inputs: Inputs) -> Refusal | None:
    """Refuse tensors that differ in more than the axis along which they are joined."""
    types = inputs["xs"]
    at = _axis(types[0].axes[-1].name == "features", len(types[0].axes))
    rest = [(*t.axes[: at - 1], *t.axes[at:]) for t in types]
    odd = next((i for i, axes in enumerate(rest) if axes != rest[0]), None)
    if odd is None:
        return None
    first, other = ("x".join(str(s) for s in types[i].shape) for i in (0, odd))
    args: dict[str, str | int] = {"first": first, "other": other, "edge": odd}
    return Refusal(code="sizes_differ", port="xs", args=args)


def _axis(is_features: bool, axes: int) -> int:  # noqa: FBT001
    """Return where to join, rows being axis 0: features come last, channels first."""
    return axes if is_features else 1


class Concat(Op):
    """All inputs joined along their features or channels, in the order of the edges.

    >>> Concat().on("features=5", "features=3")
    'features=8'
    """

    title: ClassVar = {"en": "Concat", "zh": "拼接"}
    words: ClassVar = {
        "en": ("concatenate", "join", "merge", "stack", "side by side"),
        "zh": ("连接", "合并", "串联"),
    }
    group: ClassVar = "joins"
    formula: ClassVar = "y = [x1, x2, ...]"
    ports: ClassVar = (Port(name="xs", wants="any", many=True),)
    laws: ClassVar = (same_but_one,)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "each"

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Concat(self._at(inputs))

    def along(self, fit: Fit) -> Lie | None:
        """Say where the parts lie, one behind the other."""
        return Lie(sum(fit.given[1:], fit.x))

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        tensors = ", ".join(f"{{{i}}}" for i in range(len(inputs["xs"])))
        return Source(f"torch.cat([{tensors}], dim={self._at(inputs)})")

    def _at(self, inputs: Inputs) -> int:
        axes = inputs["xs"][0].axes
        return _axis(axes[-1].name == "features", len(axes))


class _Concat(Layer):
    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the inputs side by side  # (rows, ..., sum of features)."""
        return torch.cat(tensors, dim=self.at)
