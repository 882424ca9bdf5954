"""Upsample: an image with every side times a whole number."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field
from torch import Tensor
from torch.nn import functional

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port
from danlu.network.windows import frozen, pair, written
from danlu.params import size

Times = Annotated[int, Field(ge=1, le=64)]


class Upsample(Op):
    """Pixels are repeated, or blended in between.

    >>> Upsample(factor=2).on("channels=3, height=4, width=4")
    'channels=3, height=8, width=8'
    """

    title: ClassVar = {"en": "Upsample", "zh": "上采样"}
    words: ClassVar = {
        "en": ("enlarge", "resize", "interpolate", "nearest", "bilinear", "decoder"),
        "zh": ("放大", "插值", "最近邻", "双线性"),
    }
    group: ClassVar = "image"
    formula: ClassVar = "y[c, i, j] = x[c, floor(i / f), floor(j / f)], or blended bilinearly"
    ports: ClassVar = (Port(name="x", wants="image"),)
    examples: ClassVar = ({"factor": (1, 3)}, {"factor": (2, 3), "kind": "bilinear"})
    on_fill: ClassVar = "each"

    kind: Literal["nearest", "bilinear"] = size("nearest")
    """Repeat each pixel, or blend the nearest four."""
    factor: Times | Annotated[tuple[Times, Times], BeforeValidator(frozen)] = size(2)
    """How many times larger, or [height, width]."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Upsample(self.kind, pair(self.factor))

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        mode = "" if self.kind == "nearest" else ", mode='bilinear'"
        told = f"scale_factor={written(pair(self.factor))}{mode}"
        return Source(f"functional.interpolate({{0}}, {told})")


class _Upsample(Layer):
    def __init__(self, kind: str, factor: tuple[int, int]) -> None:
        super().__init__()
        self.kind, self.factor = kind, factor

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the larger image  # (rows, channels, height, width)."""
        sides = tuple(s * f for s, f in zip(tensors[0].shape[2:], self.factor, strict=True))
        return functional.interpolate(tensors[0], sides, mode=self.kind)
