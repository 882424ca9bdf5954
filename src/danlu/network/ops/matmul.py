"""Matmul: the matrix product of two inputs."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from danlu.network.along import Fit, Lie, every
from danlu.network.ops.base import Layer, Live, Masks, Op, Source
from danlu.network.ports import Inputs, Port, Refusal
from danlu.tensor import TensorType


class Matmul(Op):
    """Every vector of x times every vector of y, or times the matrix that y is.

    A vector counts as a sequence of length one. What is padding in y counts as zeros.

    >>> Matmul().on("length=6, features=4", "length=3, features=4")
    'length=6, features=3'
    >>> Matmul(transpose=False).on("length=6, features=3", "length=3, features=4")
    'length=6, features=4'
    """

    title: ClassVar = {"en": "Matrix product", "zh": "矩阵乘"}
    words: ClassVar = {
        "en": ("matmul", "dot product", "scores", "two-tower", "bmm"),
        "zh": ("矩阵乘法", "点积", "内积", "打分", "双塔"),
    }
    group: ClassVar = "joins"
    formula: ClassVar = "z = x y', or x y without transposing"
    ports: ClassVar = (Port(name="x", wants="features"), Port(name="y", wants="features"))
    on_padding: ClassVar = "reads"
    sample: ClassVar = {
        "x": (TensorType.of("length=6, features=4"),),
        "y": (TensorType.of("length=4, features=4"),),
    }
    on_fill: ClassVar = "sums"

    transpose: bool = True
    """Whether vectors of x meet vectors of y; else y is the matrix that x is sent through."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Matmul(transpose=self.transpose)

    def misfit(self, inputs: Inputs) -> Refusal | None:
        """Refuse what cannot be multiplied."""
        x, y = (inputs[port][0] for port in "xy")
        inner = y.shape[-1] if self.transpose else (1, *y.shape)[-2]
        if x.shape[-1] == inner:
            return None
        return Refusal(code="pair_differs", port="y", args={"first": str(x), "other": str(y)})

    def along(self, fit: Fit) -> Lie | None:
        """Say where the features lie, or that they are summed over."""
        x, y = fit.given
        if not self.transpose:
            return Lie(y) if x.is_whole else None
        return Lie(every(fit.types[1].shape[0] or 0)) if fit.agrees else None

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        flat = [len(inputs[port][0].axes) == 1 for port in "xy"]
        x, y = ("{0}.unsqueeze(1)" if flat[0] else "{0}", "{1}.unsqueeze(1)" if flat[1] else "{1}")
        if inputs["y"][0].masked:
            y = f"({y} * {{m1}}.unsqueeze(-1))"
        call = f"{x} @ {y}.mT" if self.transpose else f"{x} @ {y}"
        return Source(f"({call}).squeeze(1)" if flat[0] else call)


class _Matmul(Layer):
    def __init__(self, *, transpose: bool) -> None:
        super().__init__()
        self.transpose = transpose

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the product  # (rows, ..., features)."""
        x, y = (t if t.ndim == 3 else t.unsqueeze(1) for t in tensors)
        mask = live.masks[1] if live.masks else None
        if mask is not None:
            y = y.masked_fill(~mask.unsqueeze(-1), 0.0)
        z = x @ (y.mT if self.transpose else y)
        return z if tensors[0].ndim == 3 else z.squeeze(1)

    def mask(self, tensors: tuple[Tensor, ...], masks: Masks) -> Tensor | None:
        """Positions are those of x."""
        del tensors
        return masks[0]
