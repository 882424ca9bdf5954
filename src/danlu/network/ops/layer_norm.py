"""Layer normalisation: centre and scale every row by its own features."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from danlu.network.ops.base import Layer, Live, Op, Source, constant
from danlu.network.ports import Inputs, Port


class LayerNorm(Op):
    """Each row gets mean 0 and deviation 1, then learnt ones per feature.

    Before a dense layer ``scale: false`` says the same in fewer passes over memory: the layer's
    own weights can do all that factor and offset do.

    >>> LayerNorm().on("features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Layer norm", "zh": "层归一化"}
    words: ClassVar = {
        "en": ("normalise", "normalize", "layernorm", "transformer"),
        "zh": ("层标准化", "归一化", "规范化"),
    }
    group: ClassVar = "norms"
    formula: ClassVar = "y = (x - mean(x)) / sqrt(var(x) + epsilon) * w + b"
    paper: ClassVar = "Ba 2016, arXiv:1607.06450"
    ports: ClassVar = (Port(name="x", wants="features"),)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "counts"

    scale: bool = True
    """Whether a factor and an offset are learnt for every feature."""
    epsilon: float = Field(1e-5, ge=1e-12, le=1.0)
    """Added to the variance, against division by zero."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _LayerNorm(inputs["x"][0].shape[-1] or 0, self.epsilon, scale=self.scale)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        affine = "" if self.scale else ", elementwise_affine=False"
        features = inputs["x"][0].shape[-1]
        return Source("{self}({0})", f"nn.LayerNorm({features}, eps={self.epsilon!r}{affine})")


class _LayerNorm(Layer):
    def __init__(self, features: int, epsilon: float, *, scale: bool) -> None:
        super().__init__()
        self.epsilon = epsilon
        self.weight = self.learn("weight", (features,), constant(1.0)) if scale else None
        self.bias = self.learn("bias", (features,), constant(0.0)) if scale else None

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Return normalised x  # (rows, ..., features)."""
        x, real = tensors[0], live.real.get(node)
        if real is None:
            return functional.layer_norm(x, (x.shape[-1],), self.weight, self.bias, self.epsilon)
        return self._counted(x, real)

    def _counted(self, x: Tensor, real: Tensor) -> Tensor:
        """Do the same over the real features; the rest are zero and stay zero."""
        count, x = real.sum(), x.float() * real  # nothing is learnt through the rest either
        centred = (x - x.sum(-1, keepdim=True) / count) * real
        variance = centred.square().sum(-1, keepdim=True) / count
        y = centred * torch.rsqrt(variance + self.epsilon)
        if self.weight is None or self.bias is None:
            return y
        return y * self.weight + self.bias
