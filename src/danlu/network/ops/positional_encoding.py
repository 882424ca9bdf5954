"""Positional encoding: add to every position a vector that says where it is."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source, normal
from danlu.network.ports import Inputs, Port
from danlu.params import size


def sine_positions(x: Tensor) -> Tensor:
    """Return a sine and a cosine of each wavelength, side by side  # (length, features)."""
    length, features = x.shape[1:]
    position = torch.arange(length, device=x.device).unsqueeze(1)
    feature = torch.arange(features, device=x.device)
    angle = position / 10_000 ** (feature // 2 * 2 / features)
    return torch.where(feature % 2 == 0, angle.sin(), angle.cos())


def _waves_of(x: Tensor, real: Tensor) -> Tensor:
    """Return the same for the real features alone, zeros for the rest  # (length, features)."""
    feature = (real.cumsum(0) - 1).clamp(min=0)  # as the trial by itself numbers them
    position = torch.arange(x.shape[1], device=x.device).unsqueeze(1)
    angle = position / 10_000 ** ((feature / 2).floor() * 2 / real.sum())
    return torch.where(feature % 2 == 0, angle.sin(), angle.cos()) * real


class PositionalEncoding(Op):
    """x plus a fixed wave pattern, or plus a vector learnt for each position.

    Attention has no order of its own. Rotary positions are an option of ``attention``, because
    they turn its queries and keys, not its input.

    >>> PositionalEncoding().on("length=6, features=4")
    'length=6, features=4'
    """

    title: ClassVar = {"en": "Positional encoding", "zh": "位置编码"}
    words: ClassVar = {
        "en": ("position", "order", "sinusoidal", "transformer", "learned"),
        "zh": ("位置", "顺序", "正弦", "可学习位置"),
    }
    group: ClassVar = "attention"
    formula: ClassVar = "y = x + P; sine: P[t, 2i] = sin(t / 10000^(2i/d)), P[t, 2i+1] = cos(same)"
    paper: ClassVar = "Vaswani 2017, arXiv:1706.03762"
    ports: ClassVar = (Port(name="x", wants="sequence"),)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "counts"

    kind: Literal["sine", "learned"] = size("sine")
    """A fixed pattern, or one vector learnt per position."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Learned(*self._sizes(inputs)) if self.kind == "learned" else _Sine()

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        if self.kind == "learned":
            return Source("{0} + {self}.weight", weights={"weight": self._sizes(inputs)})
        return Source("{0} + sine_positions({0})", functions=(sine_positions,))

    def _sizes(self, inputs: Inputs) -> tuple[int, int]:
        length, features = inputs["x"][0].shape
        return length or 0, features or 0


class _Sine(Layer):
    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Return x with its positions  # (rows, length, features)."""
        real = live.real.get(node)
        if real is None:
            return tensors[0] + sine_positions(tensors[0])
        return tensors[0] + _waves_of(tensors[0], real)


class _Learned(Layer):
    def __init__(self, length: int, features: int) -> None:
        super().__init__()
        self.weight = self.learn("weight", (length, features), normal(0.02))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return x with its positions  # (rows, length, features)."""
        return tensors[0] + self.weight
