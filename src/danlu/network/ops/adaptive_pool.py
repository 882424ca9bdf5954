"""Adaptive pool: an image of any size as one of a given size."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import torch
from pydantic import BeforeValidator, Field
from torch import Tensor
from torch.nn import functional

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port
from danlu.network.windows import frozen, pair, written
from danlu.params import size

Count = Annotated[int, Field(ge=1, le=64)]  # each is a step of its own where windows are unequal


class AdaptivePool(Op):
    """The image is parted into as many windows as pixels are wanted, as equal as can be.

    >>> AdaptivePool(to=(2, 3)).on("channels=16, height=7, width=7")
    'channels=16, height=2, width=3'
    """

    title: ClassVar = {"en": "Adaptive pool", "zh": "自适应池化"}
    words: ClassVar = {
        "en": ("adaptive pooling", "any size", "resize", "downsample"),
        "zh": ("池化", "任意尺寸", "下采样"),
    }
    group: ClassVar = "image"
    formula: ClassVar = (
        "y[c, i, j] = mean (or max) of x[c, floor(i h / a) : ceil((i + 1) h / a), "
        "floor(j w / b) : ceil((j + 1) w / b)], (h, w) the size given, (a, b) the size wanted"
    )
    ports: ClassVar = (Port(name="x", wants="image"),)
    examples: ClassVar = (
        {"to": (3, 2)},
        {"to": 3, "kind": "max"},
        {"to": 12},
    )
    on_fill: ClassVar = "each"

    kind: Literal["average", "max"] = size("average")
    """Average of each window, or the largest number in it."""
    to: Count | Annotated[tuple[Count, Count], BeforeValidator(frozen)] = size(2)
    """Pixels that come out per side, or [height, width]."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        _, height, width = inputs["x"][0].shape
        return _AdaptivePool(self.kind, (height or 0, width or 0), pair(self.to))

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        word = "avg" if self.kind == "average" else "max"
        return Source(f"functional.adaptive_{word}_pool2d({{0}}, {written(pair(self.to))})")


def _windows(given: int, to: int) -> list[tuple[int, int]]:
    return [(i * given // to, -(-(i + 1) * given // to)) for i in range(to)]


class _AdaptivePool(Layer):
    def __init__(self, kind: str, given: tuple[int, int], to: tuple[int, int]) -> None:
        super().__init__()
        self.kind = kind
        self.rows, self.columns = (_windows(g, t) for g, t in zip(given, to, strict=True))
        sides = tuple(g // t for g, t in zip(given, to, strict=True))
        divides = all(g % t == 0 for g, t in zip(given, to, strict=True))
        self.kernel = sides if divides else None

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the image of the size wanted  # (rows, channels, height, width)."""
        x = tensors[0]
        if self.kernel is not None:
            pool = functional.max_pool2d if self.kind == "max" else functional.avg_pool2d
            return pool(x, self.kernel)
        # ONNX has no windows of unequal size: one axis after the other, window by window.
        reduced = torch.stack([self._reduce(x[:, :, a:b], 2) for a, b in self.rows], dim=2)
        return torch.stack([self._reduce(reduced[..., a:b], 3) for a, b in self.columns], dim=3)

    def _reduce(self, x: Tensor, axis: int) -> Tensor:
        return x.amax(axis) if self.kind == "max" else x.mean(axis)
