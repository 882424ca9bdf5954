"""Layer normalisation: centre and scale every row by its own features."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import Tensor
from torch.nn import functional

from danlu.network.ops.base import Inputs, Layer, Live, Op, constant


class LayerNorm(Op):
    """Each row gets mean 0 and deviation 1, then learnt ones per feature (Ba 2016).

    Before a dense layer ``scale: false`` says the same in fewer passes over memory: the layer's
    own weights can do all that factor and offset do.
    """

    title: ClassVar = {"en": "Layer norm", "zh": "层归一化"}
    words: ClassVar = {
        "en": ("normalise", "normalize", "layernorm", "transformer"),
        "zh": ("层标准化", "归一化", "规范化"),
    }
    group: ClassVar = "norms"

    scale: bool = True
    """Whether a factor and an offset are learnt for every feature."""
    epsilon: float = Field(1e-5, ge=1e-12, le=1.0)
    """Added to the variance, against division by zero."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _LayerNorm(inputs["x"][0].shape[0] or 0, self.epsilon, scale=self.scale)


class _LayerNorm(Layer):
    def __init__(self, features: int, epsilon: float, *, scale: bool) -> None:
        super().__init__(macs=2 * features)
        self.epsilon = epsilon
        self.weight = self.learn("weight", (features,), constant(1.0)) if scale else None
        self.bias = self.learn("bias", (features,), constant(0.0)) if scale else None

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return normalised x  # (rows, features)."""
        x = tensors[0]
        return functional.layer_norm(x, (x.shape[-1],), self.weight, self.bias, self.epsilon)
