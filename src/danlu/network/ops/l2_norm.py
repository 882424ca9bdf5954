"""L2 norm: every vector at length one."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from torch import Tensor
from torch.nn import functional

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port


class L2Norm(Op):
    """The features of each row, or of each position, divided by their length.

    >>> L2Norm().on("features=5")
    'features=5'
    """

    title: ClassVar = {"en": "L2 norm", "zh": "L2 归一化"}
    words: ClassVar = {
        "en": ("normalise", "normalize", "unit length", "direction", "cosine", "sphere"),
        "zh": ("归一化", "单位长度", "方向", "单位向量"),
    }
    group: ClassVar = "norms"
    formula: ClassVar = "y = x / sqrt(sum of x_i^2)"
    ports: ClassVar = (Port(name="x", wants="features"),)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "each"

    epsilon: float = Field(1e-6, ge=1e-12, le=1.0)
    """The length counts as at least this."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _L2Norm(self.epsilon)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source(f"functional.normalize({{0}}, dim=-1, eps={self.epsilon!r})")


class _L2Norm(Layer):
    def __init__(self, epsilon: float) -> None:
        super().__init__()
        self.epsilon = epsilon

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return vectors of length one  # (rows, ..., features)."""
        return functional.normalize(tensors[0], dim=-1, eps=self.epsilon)
