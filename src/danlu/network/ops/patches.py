"""Patches: an image as a sequence of squares, each laid out as one vector."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from danlu.network.along import Fit, Lie, every
from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port, Refusal
from danlu.params import size


class Patches(Op):
    """Cuts an image into squares that do not overlap, row by row.

    A dense layer behind it makes the patch embedding of a vision transformer.

    >>> Patches(size=4).on("channels=3, height=8, width=8")
    'length=4, features=48'
    """

    title: ClassVar = {"en": "Patches", "zh": "图块"}
    words: ClassVar = {
        "en": ("vit", "vision transformer", "tiles", "unfold", "image to sequence"),
        "zh": ("视觉变换器", "切块", "分块", "图像转序列"),
    }
    group: ClassVar = "image"
    formula: ClassVar = "y[i] = all numbers of the i-th square"
    paper: ClassVar = "Dosovitskiy 2020, arXiv:2010.11929"
    ports: ClassVar = (Port(name="x", wants="image"),)
    gives: ClassVar = ("length", "features")
    examples: ClassVar = ({"size": 2},)
    on_fill: ClassVar = "each"

    size: int = size(4, ge=1, le=1024)
    """Side of a square, in pixels."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Patches(self.size)

    def misfit(self, inputs: Inputs) -> Refusal | None:
        """Refuse an image that squares do not fill."""
        height, width = (side or 0 for side in inputs["x"][0].shape[1:])
        if height % self.size == width % self.size == 0:
            return None
        told: dict[str, str | int] = {"height": height, "width": width, "size": self.size}
        return Refusal(code="patches_uneven", port="x", args=told)

    def along(self, fit: Fit) -> Lie | None:
        """Say where the pixels of the channels lie."""
        return Lie(fit.x * every(self.size**2))

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source(f"functional.unfold({{0}}, {self.size}, stride={self.size}).mT")


class _Patches(Layer):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the squares  # (rows, squares, channels * size * size)."""
        x, size = tensors[0], self.size
        rows, channels, height, width = x.shape
        cut = x.reshape(rows, channels, height // size, size, width // size, size)
        return cut.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)
