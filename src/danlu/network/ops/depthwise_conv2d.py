"""Depthwise conv2d: every channel of an image has kernels of its own."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor
from torch.nn import functional

from danlu.network.along import Fit, Lie
from danlu.network.ops.base import Layer, Live, Op, Source, uniform
from danlu.network.ports import Inputs, Port, Refusal
from danlu.network.windows import (
    Padding,
    Sides,
    Window,
    arguments,
    even,
    margins,
    misfit,
    padded,
    sliding,
)
from danlu.params import size


class DepthwiseConv2d(Op):
    """A convolution in which channels do not mix; a 1 x 1 convolution after it mixes them.

    >>> DepthwiseConv2d(multiplier=2).on("channels=3, height=8, width=8")
    'channels=6, height=8, width=8'
    """

    title: ClassVar = {"en": "Depthwise conv 2D", "zh": "逐通道卷积"}
    words: ClassVar = {
        "en": ("separable", "mobilenet", "convolution", "efficient"),
        "zh": ("深度可分离卷积", "深度卷积", "轻量"),
    }
    group: ClassVar = "image"
    formula: ClassVar = "y[c, i, j] = b[c] + sum over u, v of w[c, u, v] x[c, i + u, j + v]"
    paper: ClassVar = "Howard 2017, arXiv:1704.04861"
    ports: ClassVar = (Port(name="x", wants="image"),)
    examples: ClassVar = (
        {"multiplier": 2, "stride": 2, "padding": "valid"},
        {"kernel": (2, 3), "padding": 1, "dilation": 2},
    )
    on_fill: ClassVar = "each"
    maskable: ClassVar = ("multiplier",)

    multiplier: int = size(1, ge=1, le=1024)
    """Kernels per channel, and so channels that come out of one that goes in."""
    kernel: Sides = size(3)
    """Side of the kernel in pixels, or [height, width]."""
    stride: Sides = size(1)
    """Pixels from one place to the next, or [down, right]."""
    padding: Padding = size("same")
    """"same": one output per stride; "valid": whole kernels only; or zeros on every side."""
    dilation: Sides = size(1)
    """Pixels from one point of the kernel to the next; 1 = none are left out."""
    bias: bool = True
    """Whether a constant is learnt for every channel."""

    def misfit(self, inputs: Inputs) -> Refusal | None:
        """Return the side that is smaller than the kernel."""
        return misfit(self._windows(), inputs["x"][0].shape[1:])

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        channels = inputs["x"][0].shape[0] or 0
        return _DepthwiseConv2d(channels, self.multiplier, self._windows(), bias=self.bias)

    def along(self, fit: Fit) -> Lie | None:
        """Say where the kernels of each channel lie."""
        kernels = fit.x * fit.size("multiplier")
        return Lie(kernels, {"weight": (kernels,), "bias": (kernels,)})

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        windows, channels = self._windows(), inputs["x"][0].shape[0] or 0
        bias = "" if self.bias else ", bias=False"
        sizes = f"{channels}, {channels * self.multiplier}, {arguments(windows)}"
        make = f"nn.Conv2d({sizes}, groups={channels}{bias})"
        return Source(f"{{self}}({padded(windows, '{0}')})", make)

    def _windows(self) -> tuple[Window, Window]:
        return sliding(self.kernel, self.stride, self.padding, self.dilation)


class _DepthwiseConv2d(Layer):
    def __init__(
        self, channels: int, multiplier: int, windows: tuple[Window, Window], *, bias: bool
    ) -> None:
        super().__init__()
        kernel = tuple(w.kernel for w in windows)
        start = uniform(1 / (kernel[0] * kernel[1]) ** 0.5)
        self.weight = self.learn("weight", (channels * multiplier, 1, *kernel), start)
        self.bias = self.learn("bias", (channels * multiplier,), start) if bias else None
        self.stride = tuple(w.stride for w in windows)
        self.dilation = tuple(w.dilation for w in windows)
        self.margins, self.padding, self.groups = margins(windows), even(windows), channels

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return what the kernels see  # (rows, channels, height, width)."""
        x = functional.pad(tensors[0], self.margins) if self.margins else tensors[0]
        return functional.conv2d(
            x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        )
