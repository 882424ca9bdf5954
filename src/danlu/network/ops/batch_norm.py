"""Batch norm: centre and scale every feature or channel by its batch; later by running figures."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from danlu.network.ops.base import Layer, Live, Op, Source, constant
from danlu.network.ports import Inputs, Port


class BatchNorm(Op):
    """Features get mean 0 and deviation 1 over the batch, then learnt ones; padding is left out.

    Of an image every channel is one feature, of a sequence all positions are counted together.

    >>> BatchNorm().on("features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Batch norm", "zh": "批归一化"}
    words: ClassVar = {
        "en": ("normalise", "normalize", "batchnorm", "standardise"),
        "zh": ("批标准化", "归一化", "规范化"),
    }
    group: ClassVar = "norms"
    formula: ClassVar = "y = (x - mean) / sqrt(var + epsilon) * w + b, over rows and places"
    paper: ClassVar = "Ioffe 2015, arXiv:1502.03167"
    ports: ClassVar = (Port(name="x", wants="any"),)
    on_padding: ClassVar = "reads"
    on_fill: ClassVar = "each"

    momentum: float = Field(0.1, gt=0.0, le=1.0)
    """Share of the newest batch in the running mean and variance."""
    epsilon: float = Field(1e-5, ge=1e-12, le=1.0)
    """Added to the variance, against division by zero."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _BatchNorm(_features(inputs), self.momentum, self.epsilon)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        names = [a.name for a in inputs["x"][0].axes]
        epsilon = "" if self.epsilon == 1e-5 else f", eps={self.epsilon!r}"
        momentum = "" if self.momentum == 0.1 else f", momentum={self.momentum!r}"
        axes = 2 if names[0] == "channels" else 1
        make = f"nn.BatchNorm{axes}d({_features(inputs)}{epsilon}{momentum})"
        if names[0] != "length":
            return Source("{self}({0})", make)
        return Source("{self}({0}.transpose(1, 2)).transpose(1, 2)", make)


def _features(inputs: Inputs) -> int:
    given = inputs["x"][0]
    return given.shape[0 if given.axes[0].name == "channels" else -1] or 0


class _BatchNorm(Layer):
    """There is no ``num_batches_tracked``: torch's layer fills it in when it loads these."""

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
        """Return normalised x  # (rows, ...); in training the buffers are written."""
        x = tensors[0]
        mask = live.masks[0] if live.masks else None
        if mask is not None and live.training:
            return self._of_real(x, mask)
        if x.dim() == 3:  # a sequence has its features last, torch wants them second
            return self._of_all(x.transpose(1, 2), live).transpose(1, 2)
        return self._of_all(x, live)

    def _of_all(self, x: Tensor, live: Live) -> Tensor:
        return functional.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias,
            live.training, self.momentum, self.epsilon,
        )  # fmt: skip

    def _of_real(self, x: Tensor, mask: Tensor) -> Tensor:
        """Train on a sequence, by the figures of its real positions  # (rows, length, features)."""
        padding = ~mask.unsqueeze(-1)
        count = mask.sum().clamp(min=1)
        mean = x.masked_fill(padding, 0.0).sum((0, 1)) / count
        var = (x - mean).masked_fill(padding, 0.0).square().sum((0, 1)) / count
        unbiased = var * count / (count - 1).clamp(min=1)
        self.running_mean.mul_(1 - self.momentum).add_(mean.detach() * self.momentum)
        self.running_var.mul_(1 - self.momentum).add_(unbiased.detach() * self.momentum)
        return (x - mean) * torch.rsqrt(var + self.epsilon) * self.weight + self.bias
