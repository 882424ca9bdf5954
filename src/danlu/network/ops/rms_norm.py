"""RMS norm: scale every row by the size of its own features."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source, constant
from danlu.network.ports import Inputs, Port


class RmsNorm(Op):
    """Layer norm without centring: cheaper, and as good in transformers.

    >>> RmsNorm().on("length=6, features=4")
    'length=6, features=4'
    """

    title: ClassVar = {"en": "RMS norm", "zh": "均方根归一化"}
    words: ClassVar = {
        "en": ("normalise", "normalize", "root mean square", "transformer", "llama"),
        "zh": ("归一化", "规范化", "均方根"),
    }
    group: ClassVar = "norms"
    formula: ClassVar = "y = x / sqrt(mean(x^2) + epsilon) * w"
    paper: ClassVar = "Zhang 2019, arXiv:1910.07467"
    ports: ClassVar = (Port(name="x", wants="features"),)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "counts"

    scale: bool = True
    """Whether a factor is learnt for every feature."""
    epsilon: float = Field(1e-6, ge=1e-12, le=1.0)
    """Added to the mean square, against division by zero."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _RmsNorm(inputs["x"][0].shape[-1] or 0, self.epsilon, scale=self.scale)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        affine = "" if self.scale else ", elementwise_affine=False"
        features = inputs["x"][0].shape[-1]
        return Source("{self}({0})", f"nn.RMSNorm({features}, eps={self.epsilon!r}{affine})")


class _RmsNorm(Layer):
    def __init__(self, features: int, epsilon: float, *, scale: bool) -> None:
        super().__init__()
        self.epsilon = epsilon
        self.weight = self.learn("weight", (features,), constant(1.0)) if scale else None

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Return scaled x  # (rows, ..., features)."""
        x = tensors[0].float()
        real = live.real.get(node)
        square = x.square()
        # Fill is zero and adds nothing; only the number it is shared by is the real one.
        mean = (
            square.mean(-1, keepdim=True)
            if real is None
            else (square.sum(-1, keepdim=True) / real.sum())
        )
        found = x * torch.rsqrt(mean + self.epsilon)
        return found if self.weight is None else found * self.weight
