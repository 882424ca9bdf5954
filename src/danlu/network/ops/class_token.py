"""Class token: one learnt vector before a sequence, which attention fills with what it needs."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from danlu.network.ops.base import Layer, Live, Masks, Op, Source, normal
from danlu.network.ports import Inputs, Port


class ClassToken(Op):
    """Lays the same learnt vector before every sequence; read it behind the last attention.

    >>> ClassToken().on("length=6, features=4")
    'length=7, features=4'
    """

    title: ClassVar = {"en": "Class token", "zh": "分类标记"}
    words: ClassVar = {
        "en": ("cls", "prepend", "vit", "bert", "register", "ft-transformer"),
        "zh": ("分类词元", "前置标记", "视觉变换器"),
    }
    group: ClassVar = "attention"
    formula: ClassVar = "y = [w, x1, x2, ...]"
    paper: ClassVar = "Devlin 2018, arXiv:1810.04805"
    ports: ClassVar = (Port(name="x", wants="sequence"),)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "each"

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _ClassToken(inputs["x"][0].shape[1] or 0)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source(
            "torch.cat([{self}.weight.expand(len({0}), 1, -1), {0}], dim=1)",
            weights={"weight": (inputs["x"][0].shape[1] or 0,)},
            mask="functional.pad({m0}, (1, 0), value=True)" if inputs["x"][0].masked else "",
        )


class _ClassToken(Layer):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.weight = self.learn("weight", (features,), normal(0.02))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the token and what follows  # (rows, 1 + length, features)."""
        x = tensors[0]
        return torch.cat([self.weight.expand(x.shape[0], 1, -1), x], dim=1)

    def mask(self, tensors: tuple[Tensor, ...], masks: Masks) -> Tensor | None:
        """The token is real."""
        del tensors
        return None if masks[0] is None else functional.pad(masks[0], (1, 0), value=True)
