"""Layer scale: a learnt factor per feature or channel, or one for all."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from danlu.network.along import Fit, Lie
from danlu.network.ops.base import Layer, Live, Op, Source, constant
from danlu.network.ports import Inputs, Port
from danlu.params import size


class LayerScale(Op):
    """At the end of a residual branch it lets the branch begin small; on a table it weighs columns.

    >>> LayerScale(start=0.1).on("features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Layer scale", "zh": "层缩放"}
    words: ClassVar = {
        "en": ("residual scale", "rezero", "learnt factor", "scaling layer", "gain"),
        "zh": ("残差缩放", "可学系数", "增益"),
    }
    group: ClassVar = "norms"
    formula: ClassVar = "y = w * x"
    paper: ClassVar = "Touvron 2021, arXiv:2103.17239; Bachlechner 2020, arXiv:2003.04887"
    ports: ClassVar = (Port(name="x", wants="any"),)
    on_padding: ClassVar = "each"
    on_fill: ClassVar = "each"
    maskable: ClassVar = ("start",)  # says but how weights begin

    start: float = size(0.1, ge=0.0, le=10.0)
    """Where the factors start: small for deep residual networks, 0 = ReZero, 1 = as it was."""
    each: bool = True
    """Whether every feature or channel has its own; off = one factor for all."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _LayerScale(self._shape(inputs), self.start)

    def along(self, fit: Fit) -> Lie | None:
        """Say where the factors lie: channels of an image come first."""
        return Lie(fit.x, {"weight": (fit.x,)} if self.each else {})

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source("{self}.weight * {0}", weights={"weight": self._shape(inputs)})

    def _shape(self, inputs: Inputs) -> tuple[int, ...]:
        axes = inputs["x"][0].axes
        if not self.each:
            return (1,)
        if axes[0].name == "channels":  # (channels, 1, 1)
            return (axes[0].size or 0, *(1 for _ in axes[1:]))
        return (axes[-1].size or 0,)


class _LayerScale(Layer):
    def __init__(self, shape: tuple[int, ...], start: float) -> None:
        super().__init__()
        self.weight = self.learn("weight", shape, constant(start))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the weighed numbers  # (rows, ...)."""
        return self.weight * tensors[0]
