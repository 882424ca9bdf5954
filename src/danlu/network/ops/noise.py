"""Noise: while training, every number trembles."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port
from danlu.params import dial

NEAREST = 1e-6  # to 0 and 1: no number of float32 is more than 4.9 deviations away


class Noise(Op):
    """Numbers from a normal distribution around zero are added; answers are without them.

    >>> Noise(deviation=0.2).on("features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Noise", "zh": "噪声"}
    words: ClassVar = {
        "en": ("gaussian noise", "jitter", "denoising", "regularise", "robust"),
        "zh": ("高斯噪声", "扰动", "去噪", "正则化"),
    }
    group: ClassVar = "layers"
    formula: ClassVar = "y = x + deviation * n, n normal with mean 0 and deviation 1"
    paper: ClassVar = "Bishop 1995, Neural Computation 7(1)"
    ports: ClassVar = (Port(name="x", wants="any"),)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "each"

    deviation: float = dial(0.1, ge=0.0, le=10.0)
    """Standard deviation of what is added."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Noise(self.deviation)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        call = f"tremble({{0}}, {self.deviation!r}) if self.training else {{0}}"
        return Source(call, functions=(tremble,))


def tremble(x: Tensor, deviation: float) -> Tensor:
    """Add noise."""
    return x + deviation * torch.randn_like(x)


class _Noise(Layer):
    def __init__(self, deviation: float) -> None:
        super().__init__()
        self.deviation = deviation

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Return x with noise  # (rows, ...)."""
        x = tensors[0]
        if not live.training:
            return x
        deviation = live.dials.get(f"{node}.deviation", self.deviation)
        uniform = live.draw(node, tuple(x.shape)).clamp(NEAREST, 1 - NEAREST)
        return x + deviation * 2**0.5 * torch.erfinv(2 * uniform - 1)
