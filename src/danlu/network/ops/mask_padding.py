"""Mask padding: say which positions of a sequence are padding."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import Tensor

from danlu.network.along import Fit, Lie
from danlu.network.ops.base import Layer, Live, Masks, Op, Source
from danlu.network.ports import Inputs, Port


class MaskPadding(Op):
    """A position whose numbers all equal ``value`` is padding, and becomes zeros.

    Whatever reads the sequence later leaves it out: an RNN steps over it, attention does not look.

    >>> MaskPadding().on("length=6, features=4")
    'length=6, features=4'
    """

    title: ClassVar = {"en": "Mask padding", "zh": "屏蔽填充"}
    words: ClassVar = {
        "en": ("masking", "padding", "variable length", "missing steps"),
        "zh": ("掩码", "填充", "变长", "缺失步"),
    }
    group: ClassVar = "sequence"
    formula: ClassVar = "y[t] = x[t] if any number of x[t] differs from the value, else padding"
    ports: ClassVar = (Port(name="x", wants="sequence"),)
    on_padding: ClassVar = "each"
    examples: ClassVar = ({"value": -1.0},)
    on_fill: ClassVar = "each"

    value: float = Field(0.0, ge=-1e9, le=1e9)
    """What padding is filled with."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _MaskPadding(self.value)

    def along(self, fit: Fit) -> Lie | None:
        """Fill equals zero: it may not tell padding from what is real."""
        return None if self.value else Lie(fit.x)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        real = f"({{0}} != {self.value!r}).any(-1)"
        call = f"{{0}} * {real}.unsqueeze(-1)" if self.value else "{0}"
        return Source(call, mask=f"{{m0}} & {real}" if inputs["x"][0].masked else real)


class _MaskPadding(Layer):
    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = value

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return x with zeros where it is padding  # (rows, length, features)."""
        x = tensors[0]
        return x * (x != self.value).any(-1, keepdim=True) if self.value else x

    def mask(self, tensors: tuple[Tensor, ...], masks: Masks) -> Tensor | None:
        """Padding so far, and what is found here."""
        real = (tensors[0] != self.value).any(-1)
        return real if masks[0] is None else real & masks[0]
