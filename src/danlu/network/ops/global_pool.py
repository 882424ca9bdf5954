"""Global pool: an image or a sequence as one number per channel or feature."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port
from danlu.params import size


class GlobalPool(Op):
    """The average or the maximum over all places; of a sequence, over those that are real.

    >>> GlobalPool().on("channels=16, height=8, width=8")
    'features=16'
    """

    title: ClassVar = {"en": "Global pool", "zh": "全局池化"}
    words: ClassVar = {
        "en": ("average", "max", "gap", "squeeze", "mean over time"),
        "zh": ("池化", "平均", "最大", "全局平均"),
    }
    group: ClassVar = "shape"
    formula: ClassVar = "y[c] = mean (or max) over all places p of x[c, p]"
    paper: ClassVar = "Lin 2013, arXiv:1312.4400"
    ports: ClassVar = (Port(name="x", wants="grid"),)
    gives: ClassVar = ("features",)
    on_padding: ClassVar = "reads"
    on_fill: ClassVar = "each"

    kind: Literal["average", "max"] = size("average")
    """Average of all places, or the largest of them."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _GlobalPool(self.kind, _places(inputs))

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        if inputs["x"][0].masked:
            function = masked_mean if self.kind == "average" else masked_max
            return Source(f"{function.__name__}({{0}}, {{m0}})", functions=(function,))
        places = _places(inputs)
        shown = places if len(places) > 1 else places[0]
        return Source(f"{{0}}.{'mean' if self.kind == 'average' else 'amax'}(dim={shown})")


def _places(inputs: Inputs) -> tuple[int, ...]:
    """Return the axes that vanish, rows being axis 0."""
    return (1,) if inputs["x"][0].axes[0].name == "length" else (2, 3)


def masked_mean(x: Tensor, mask: Tensor) -> Tensor:
    """Average the real positions; zero where there is none."""
    total = x.masked_fill(~mask.unsqueeze(-1), 0.0).sum(dim=1)
    return total / mask.sum(dim=1, keepdim=True).clamp(min=1)


def masked_max(x: Tensor, mask: Tensor) -> Tensor:
    """Return the largest of the real positions; zero where there is none."""
    largest = x.masked_fill(~mask.unsqueeze(-1), -torch.inf).amax(dim=1)
    return largest.masked_fill(~mask.any(dim=1, keepdim=True), 0.0)


class _GlobalPool(Layer):
    def __init__(self, kind: str, places: tuple[int, ...]) -> None:
        super().__init__()
        self.kind, self.places = kind, places

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return one number per channel or feature  # (rows, features)."""
        x = tensors[0]
        mask = live.masks[0] if live.masks else None
        if mask is not None:
            return masked_mean(x, mask) if self.kind == "average" else masked_max(x, mask)
        return x.mean(self.places) if self.kind == "average" else x.amax(self.places)
