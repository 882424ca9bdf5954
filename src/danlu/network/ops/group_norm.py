"""Group norm: centre and scale every image by its own channels, group by group."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from danlu.network.ops.base import Layer, Live, Op, Source, constant
from danlu.network.ports import Inputs, Port, Refusal
from danlu.network.windows import uneven
from danlu.params import size


class GroupNorm(Op):
    """Each group of channels gets mean 0 and deviation 1, then learnt ones per channel.

    One group is layer norm, as many groups as channels is instance norm; neither looks at the
    rest of the batch.

    >>> GroupNorm(groups=4).on("channels=16, height=8, width=8")
    'channels=16, height=8, width=8'
    """

    title: ClassVar = {"en": "Group norm", "zh": "组归一化"}
    words: ClassVar = {
        "en": ("normalise", "normalize", "instance norm", "small batches"),
        "zh": ("归一化", "实例归一化", "小批量"),
    }
    group: ClassVar = "norms"
    formula: ClassVar = "y = (x - mean) / sqrt(var + epsilon) * w + b, over a group of channels"
    paper: ClassVar = "Wu 2018, arXiv:1803.08494"
    ports: ClassVar = (Port(name="x", wants="image"),)
    examples: ClassVar = ({"groups": 1},)
    on_fill: ClassVar = "counts"
    maskable: ClassVar = ("groups",)

    groups: int = size(4, ge=1, le=65536)
    """Parts of the channels, each normalised by itself; must divide their number."""
    scale: bool = True
    """Whether a factor and an offset are learnt for every channel."""
    epsilon: float = Field(1e-5, ge=1e-12, le=1.0)
    """Added to the variance, against division by zero."""

    def misfit(self, inputs: Inputs) -> Refusal | None:
        """Return that the groups do not divide the channels."""
        return uneven(self.groups, inputs["x"][0].shape[0] or 0)

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        channels = inputs["x"][0].shape[0] or 0
        return _GroupNorm(channels, self.groups, self.epsilon, scale=self.scale)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        epsilon = "" if self.epsilon == 1e-5 else f", eps={self.epsilon!r}"
        affine = "" if self.scale else ", affine=False"
        sizes = f"{self.groups}, {inputs['x'][0].shape[0]}"
        return Source("{self}({0})", f"nn.GroupNorm({sizes}{epsilon}{affine})")


class _GroupNorm(Layer):
    def __init__(self, channels: int, groups: int, epsilon: float, *, scale: bool) -> None:
        super().__init__()
        self.groups, self.epsilon = groups, epsilon
        self.weight = self.learn("weight", (channels,), constant(1.0)) if scale else None
        self.bias = self.learn("bias", (channels,), constant(0.0)) if scale else None

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Return normalised x  # (rows, channels, height, width)."""
        if node in live.real:
            groups = live.dials.get(f"{node}.groups", self.groups)
            return self._counted(tensors[0], live.real[node], groups)
        return functional.group_norm(tensors[0], self.groups, self.weight, self.bias, self.epsilon)

    def _counted(self, x: Tensor, real: Tensor, groups: Tensor | int) -> Tensor:
        """Do the same over the real channels; the rest are zero and stay zero."""
        mine = real.flatten()  # (channels,)
        size = mine.sum() / groups
        group = ((mine.cumsum(0) - 1) / size).floor()
        every = torch.arange(self.groups, device=x.device)[:, None]
        member = (every == group) * mine  # (groups, channels)
        share = size * x.shape[2] * x.shape[3]  # numbers of a group

        def shared(sums: Tensor) -> Tensor:
            """Give every channel the mean of its group  # (rows, channels, 1, 1)."""
            mean = (sums.unsqueeze(1) * member).sum(2, keepdim=True) / share  # (rows, groups, 1)
            return (mean * member).sum(1)[..., None, None]

        x = x.float()
        centred = (x - shared(x.sum((2, 3)))) * real
        variance = shared(centred.square().sum((2, 3)))
        y = centred * torch.rsqrt(variance + self.epsilon)
        if self.weight is None or self.bias is None:
            return y
        return y * self.weight[:, None, None] + self.bias[:, None, None]
