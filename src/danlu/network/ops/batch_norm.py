"""Batch normalisation: centre and scale every feature by its batch; later by running figures."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from danlu.network.ops.base import Inputs, Layer, Live, Op, constant


class BatchNorm(Op):
    """Features get mean 0 and deviation 1 over the batch, then learnt ones (Ioffe 2015)."""

    title: ClassVar = {"en": "Batch norm", "zh": "批归一化"}
    words: ClassVar = {
        "en": ("normalise", "normalize", "batchnorm", "standardise"),
        "zh": ("批标准化", "归一化", "规范化"),
    }
    group: ClassVar = "norms"

    momentum: float = Field(0.1, gt=0.0, le=1.0)
    """Share of the newest batch in the running mean and variance."""
    epsilon: float = Field(1e-5, ge=1e-12, le=1.0)
    """Added to the variance, against division by zero."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _BatchNorm(inputs["x"][0].shape[0] or 0, self.momentum, self.epsilon)


class _BatchNorm(Layer):
    def __init__(self, features: int, momentum: float, epsilon: float) -> None:
        super().__init__(macs=2 * features)
        self.momentum, self.epsilon = momentum, epsilon
        self.weight = self.learn("weight", (features,), constant(1.0))
        self.bias = self.learn("bias", (features,), constant(0.0))
        self.mean: Tensor
        self.variance: Tensor
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("variance", torch.ones(features))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return normalised x  # (rows, features); in training the buffers are written."""
        return functional.batch_norm(
            tensors[0], self.mean, self.variance, self.weight, self.bias,
            live.training, self.momentum, self.epsilon,
        )  # fmt: skip
