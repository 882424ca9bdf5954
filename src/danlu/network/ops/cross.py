"""Cross: products of features of a bounded degree, one degree more per layer."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor
from torch.nn import functional

from danlu.network.along import Fit, Lie
from danlu.network.ops.base import Layer, Live, Op, Source, constant, uniform
from danlu.network.ports import Inputs, Port, same_sizes
from danlu.params import size


def cross(first: Tensor, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Weigh the first layer's features by those of this one."""
    return first * functional.linear(x, weight, bias) + x


def cross_thin(
    first: Tensor, x: Tensor, narrow: Tensor, weight: Tensor, bias: Tensor
) -> Tensor:  # fmt: skip
    """Do so through a narrow waist."""
    return first * functional.linear(functional.linear(x, narrow), weight, bias) + x


class Cross(Op):
    """One layer of a cross network: the first features times a linear layer of x, plus x.

    Of the first layer both ports read the same; every further one reads ``first`` again, so that
    a stack of n layers holds all products of up to n + 1 features.

    >>> Cross().on("features=5", "features=5")
    'features=5'
    """

    title: ClassVar = {"en": "Cross", "zh": "特征交叉"}
    words: ClassVar = {
        "en": ("deep and cross", "dcn", "feature crossing", "interaction", "polynomial"),
        "zh": ("深度交叉网络", "交叉", "特征交互"),
    }
    group: ClassVar = "layers"
    formula: ClassVar = "y = x_0 * (W x + b) + x; with a rank W = U V"
    paper: ClassVar = "Wang 2020, arXiv:2008.13535"
    ports: ClassVar = (Port(name="first", wants="features"), Port(name="x", wants="features"))
    laws: ClassVar = (same_sizes,)
    on_padding: ClassVar = "each"
    examples: ClassVar = ({"rank": 2},)
    on_fill: ClassVar = "each"
    maskable: ClassVar = ("rank",)

    rank: int = size(0, ge=0, le=4096)
    """Width of a waist in the weight, which saves parameters; 0 = none."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Cross(self._shapes(inputs))

    def along(self, fit: Fit) -> Lie | None:
        """Say where features and waist lie."""
        if not fit.agrees:
            return None
        waist = fit.size("rank") if self.rank else fit.x
        return Lie(fit.x, {"narrow": (waist, fit.x), "weight": (fit.x, waist)})

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        shapes, function = self._shapes(inputs), cross_thin if self.rank else cross
        given = ", ".join(f"{{self}}.{name}" for name in shapes)
        return Source(f"{function.__name__}({{0}}, {{1}}, {given})", "", (function,), shapes)

    def _shapes(self, inputs: Inputs) -> dict[str, tuple[int, ...]]:
        features = inputs["x"][0].shape[-1] or 0
        narrow = {"narrow": (self.rank, features)} if self.rank else {}
        return {**narrow, "weight": (features, self.rank or features), "bias": (features,)}


class _Cross(Layer):
    def __init__(self, shapes: dict[str, tuple[int, ...]]) -> None:
        super().__init__()
        features, waist = shapes["weight"]
        self.narrow = None
        if "narrow" in shapes:
            self.narrow = self.learn("narrow", shapes["narrow"], uniform(1 / features**0.5))
        self.weight = self.learn("weight", shapes["weight"], uniform(1 / waist**0.5))
        self.bias = self.learn("bias", shapes["bias"], constant(0.0))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return x and its products with the first features  # (rows, ..., features)."""
        first, x = tensors
        if self.narrow is None:
            return cross(first, x, self.weight, self.bias)
        return cross_thin(first, x, self.narrow, self.weight, self.bias)
