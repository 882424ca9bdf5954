"""Permute: the axes of an image or a sequence in another order."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field
from torch import Tensor

from danlu.network.along import Fit, Lie, axis_of
from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port, Refusal
from danlu.network.windows import frozen
from danlu.params import size
from danlu.tensor import TensorType

Place = Annotated[int, Field(ge=1, le=3)]


class Permute(Op):
    """The axes change places; an image stays an image, a sequence a sequence.

    >>> Permute(order=(2, 1)).on("length=6, features=4")
    'length=4, features=6'
    """

    title: ClassVar = {"en": "Permute", "zh": "换轴"}
    words: ClassVar = {
        "en": ("transpose", "swap axes", "channels last", "channels first"),
        "zh": ("转置", "维度交换", "轴交换"),
    }
    group: ClassVar = "shape"
    formula: ClassVar = "y[a, b] = x[b, a]"
    ports: ClassVar = (Port(name="x", wants="grid"),)
    examples: ClassVar = ({"order": (3, 1, 2)},)
    sample: ClassVar = {"x": (TensorType.of("channels=4, height=8, width=6"),)}
    on_fill: ClassVar = "each"

    order: Annotated[
        tuple[Place, ...], Field(min_length=1, max_length=3), BeforeValidator(frozen)
    ] = size((1, 3, 2))
    """Which axis comes first, second, third; they are numbered from 1, as rows are axis 0."""

    def misfit(self, inputs: Inputs) -> Refusal | None:
        """Return that the order does not name every axis once."""
        axes = len(inputs["x"][0].axes)
        if sorted(self.order) == list(range(1, axes + 1)):
            return None
        order = ", ".join(str(o) for o in self.order)
        return Refusal(code="axes_order", port="x", args={"axes": axes, "order": order})

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Permute(self.order)

    def along(self, fit: Fit) -> Lie | None:
        """Channels, or features, must stay where they are."""
        width = axis_of(fit.types[0])
        return Lie(fit.x) if self.order[width] == width + 1 else None

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source(f"{{0}}.permute(0, {', '.join(str(o) for o in self.order)})")


class _Permute(Layer):
    def __init__(self, order: tuple[int, ...]) -> None:
        super().__init__()
        self.order = order

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return x with its axes in another order  # (rows, ...)."""
        return tensors[0].permute(0, *self.order)
