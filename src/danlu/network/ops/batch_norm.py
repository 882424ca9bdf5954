"""Batch normalisation: centre and scale every feature by its batch; later by running figures."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from danlu.network.ops.base import Layer, Live, Op, Source, constant
from danlu.network.ports import Inputs, Port


class BatchNorm(Op):
    """Features get mean 0 and deviation 1 over the batch, then learnt ones.

    >>> BatchNorm().on("features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Batch norm", "zh": "批归一化"}
    words: ClassVar = {
        "en": ("normalise", "normalize", "batchnorm", "standardise"),
        "zh": ("批标准化", "归一化", "规范化"),
    }
    group: ClassVar = "norms"
    formula: ClassVar = "y = (x - mean) / sqrt(var + epsilon) * w + b, over the batch"
    paper: ClassVar = "Ioffe 2015, arXiv:1502.03167"
    ports: ClassVar = (Port(name="x", wants="vector"),)

    momentum: float = Field(0.1, gt=0.0, le=1.0)
    """Share of the newest batch in the running mean and variance."""
    epsilon: float = Field(1e-5, ge=1e-12, le=1.0)
    """Added to the variance, against division by zero."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _BatchNorm(inputs["x"][0].shape[0] or 0, self.momentum, self.epsilon)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        features = inputs["x"][0].shape[0]
        make = f"nn.BatchNorm1d({features}, eps={self.epsilon!r}, momentum={self.momentum!r})"
        return Source("{self}({0})", make)


class _BatchNorm(Layer):
    def __init__(self, features: int, momentum: float, epsilon: float) -> None:
        super().__init__()
        self.momentum, self.epsilon = momentum, epsilon
        self.weight = self.learn("weight", (features,), constant(1.0))
        self.bias = self.learn("bias", (features,), constant(0.0))
        self.running_mean: Tensor
        self.running_var: Tensor
        self.register_buffer("running_mean", torch.zeros(features))
        self.register_buffer("running_var", torch.ones(features))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return normalised x  # (rows, features); in training the buffers are written."""
        return functional.batch_norm(
            tensors[0], self.running_mean, self.running_var, self.weight, self.bias,
            live.training, self.momentum, self.epsilon,
        )  # fmt: skip
