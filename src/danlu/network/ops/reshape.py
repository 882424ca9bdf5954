"""Reshape: the same numbers, counted along other axes."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, field_validator
from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import AXES, Inputs, Port, Refusal
from danlu.network.windows import frozen
from danlu.params import size

KINDS = ("vector", "sequence", "image")  # by number of sizes
Size = Annotated[int, Field(ge=-1, le=2**24)]


class Reshape(Op):
    """One size makes a vector, two a sequence, three an image; the order of numbers stays.

    >>> Reshape(to=(1, 8, -1)).on("features=64")
    'channels=1, height=8, width=8'
    """

    title: ClassVar = {"en": "Reshape", "zh": "变形"}
    words: ClassVar = {
        "en": ("view", "image from columns", "sequence from columns", "unflatten"),
        "zh": ("重塑", "改变形状", "转成图像", "转成序列"),
    }
    group: ClassVar = "shape"
    formula: ClassVar = "y = the numbers of x in the same order, in the shape `to`"
    ports: ClassVar = (Port(name="x", wants="any"),)
    examples: ClassVar = ({"to": (-1, 1)}, {"to": (1, 1, -1)})

    to: Annotated[tuple[Size, ...], Field(min_length=1, max_length=3), BeforeValidator(frozen)] = (
        size((-1,))
    )
    """[features], [length, features] or [channels, height, width]; -1 once = what is left."""

    @field_validator("to")
    @classmethod
    def _is_clear(cls, to: tuple[int, ...]) -> tuple[int, ...]:
        if to.count(-1) > 1 or 0 in to:
            raise ValueError("one size may be -1, and none 0")  # no type is wrong
        return to

    def misfit(self, inputs: Inputs) -> Refusal | None:
        """Return that the numbers do not fill the shape."""
        given = math.prod(s or 0 for s in inputs["x"][0].shape)
        known = math.prod(s for s in self.to if s != -1)
        if given % known == 0 if -1 in self.to else given == known:
            return None
        shape = " x ".join(str(s) for s in self.to)
        return Refusal(code="reshape_uneven", port="x", args={"given": given, "to": shape})

    def axes(self, inputs: Inputs) -> tuple[str, ...]:  # noqa: ARG002
        """Name the axes by how many there are."""
        return AXES[KINDS[len(self.to) - 1]]

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Reshape(self._sizes(inputs))

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source(f"{{0}}.reshape(-1, {', '.join(str(s) for s in self._sizes(inputs))})")

    def _sizes(self, inputs: Inputs) -> tuple[int, ...]:
        given = math.prod(s or 0 for s in inputs["x"][0].shape)
        rest = given // math.prod(s for s in self.to if s != -1)
        return tuple(rest if s == -1 else s for s in self.to)


class _Reshape(Layer):
    def __init__(self, sizes: tuple[int, ...]) -> None:
        super().__init__()
        self.sizes = sizes

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the numbers in their new shape  # (rows, ...)."""
        return tensors[0].reshape(-1, *self.sizes)
