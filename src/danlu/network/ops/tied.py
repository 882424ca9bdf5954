"""Tied: a dense layer backwards, with the weight of another one."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor
from torch.nn import functional

from danlu.network.ops.base import Layer, Live, Op, Source, constant
from danlu.network.ports import Inputs, Port
from danlu.tensor import TensorType


class Tied(Op):
    """The decoder of an autoencoder: it reads what a dense layer gives, and gives what it reads.

    The node's ``tied`` names that dense layer; its transposed weight is used, and learnt from both
    sides. Only the bias is this node's own.

    >>> from danlu.network.ops.base import trace
    >>> given = {"x": (TensorType.of("features=3"),), "tied": (TensorType.of("features=5"),)}
    >>> trace(Tied(), given, head=1, borrowed=(3, 5)).type.shape
    (5,)
    """

    title: ClassVar = {"en": "Tied dense", "zh": "共享权重的全连接"}
    words: ClassVar = {
        "en": ("transposed", "autoencoder", "decoder", "shared weights", "tied weights"),
        "zh": ("转置", "自编码器", "解码器", "权重共享"),
    }
    group: ClassVar = "layers"
    formula: ClassVar = "y = x W + b, W of the tied node"
    ports: ClassVar = (Port(name="x", wants="features"),)
    on_padding: ClassVar = "each"
    borrows: ClassVar = True
    sample: ClassVar = {
        "x": (TensorType.of("features=5"),),
        "tied": (TensorType.of("features=7"),),
    }

    bias: bool = True
    """Whether a constant is learnt for every output."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Tied(inputs["tied"][0].shape[-1] or 0, bias=self.bias)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        call = "functional.linear({0}, {of}.weight.T"
        if not self.bias:
            return Source(f"{call})")
        weights = {"bias": (inputs["tied"][0].shape[-1] or 0,)}
        return Source(f"{call}, {{self}}.bias)", weights=weights)


class _Tied(Layer):
    def __init__(self, features: int, *, bias: bool) -> None:
        super().__init__()
        self.bias = self.learn("bias", (features,), constant(0.0)) if bias else None

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return x W + b, the weight being the last tensor  # (rows, ..., features)."""
        x, weight = tensors
        if x.shape[-1] != weight.shape[0]:
            raise ValueError(f"is given {x.shape[-1]} numbers, its tied node gives {len(weight)}")
        return functional.linear(x, weight.T, self.bias)
