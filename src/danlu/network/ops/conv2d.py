"""Conv2d: the same small kernels at every place of an image."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field
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
    uneven,
)
from danlu.params import size


class Conv2d(Op):
    """Each output channel is a weighted sum of what a kernel sees, at every place.

    >>> Conv2d(channels=8, kernel=3, stride=2).on("channels=3, height=8, width=8")
    'channels=8, height=4, width=4'
    """

    title: ClassVar = {"en": "Conv 2D", "zh": "二维卷积"}
    words: ClassVar = {
        "en": ("convolution", "cnn", "image", "filter", "kernel"),
        "zh": ("卷积", "卷积层", "图像", "卷积核"),
    }
    group: ClassVar = "image"
    formula: ClassVar = "y[o, i, j] = b[o] + sum over c, u, v of w[o, c, u, v] x[c, i + u, j + v]"
    paper: ClassVar = "LeCun 1998, Proc. IEEE 86(11)"
    ports: ClassVar = (Port(name="x", wants="image"),)
    examples: ClassVar = (
        {"padding": "valid", "stride": 2},
        {"kernel": (3, 5), "stride": (1, 2), "dilation": (2, 1), "padding": 1},
        {"kernel": 4, "groups": 2},
        {"kernel": 2, "stride": 2},
    )
    on_fill: ClassVar = "sums"
    maskable: ClassVar = ("channels",)

    channels: int = size(32, ge=1, le=65536)
    """Kernels, and so channels that come out."""
    kernel: Sides = size(3)
    """Side of the kernel in pixels, or [height, width]."""
    stride: Sides = size(1)
    """Pixels from one place to the next, or [down, right]."""
    padding: Padding = size("same")
    """"same": one output per stride; "valid": whole kernels only; or zeros on every side."""
    dilation: Sides = size(1)
    """Pixels from one point of the kernel to the next; 1 = none are left out."""
    groups: int = Field(1, ge=1, le=65536)
    """Parts of the channels that do not see each other."""
    bias: bool = True
    """Whether a constant is learnt for every channel."""

    def misfit(self, inputs: Inputs) -> Refusal | None:
        """Return what does not fit: groups or kernel."""
        channels, *sides = inputs["x"][0].shape
        refusal = uneven(self.groups, channels or 0, self.channels)
        return refusal or misfit(self._windows(), tuple(sides))

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        shape = (self.channels, (inputs["x"][0].shape[0] or 0) // self.groups)
        return _Conv2d(shape, self._windows(), self.groups, bias=self.bias)

    def along(self, fit: Fit) -> Lie | None:
        """Say where the channels lie; groups would end elsewhere."""
        channels = fit.size("channels")
        lie = Lie(channels, {"weight": (channels, fit.x), "bias": (channels,)})
        return lie if self.groups == 1 else None

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        windows = self._windows()
        groups = f", groups={self.groups}" if self.groups > 1 else ""
        bias = "" if self.bias else ", bias=False"
        sizes = f"{inputs['x'][0].shape[0]}, {self.channels}, {arguments(windows)}"
        return Source(f"{{self}}({padded(windows, '{0}')})", f"nn.Conv2d({sizes}{groups}{bias})")

    def _windows(self) -> tuple[Window, Window]:
        return sliding(self.kernel, self.stride, self.padding, self.dilation)


class _Conv2d(Layer):
    def __init__(
        self, shape: tuple[int, int], windows: tuple[Window, Window], groups: int, *, bias: bool
    ) -> None:
        super().__init__()
        kernel = tuple(w.kernel for w in windows)
        start = uniform(1 / max(shape[1] * kernel[0] * kernel[1], 1) ** 0.5)
        self.weight = self.learn("weight", (*shape, *kernel), start)
        self.bias = self.learn("bias", shape[:1], start) if bias else None
        self.stride = tuple(w.stride for w in windows)
        self.dilation = tuple(w.dilation for w in windows)
        self.margins, self.padding, self.groups = margins(windows), even(windows), groups

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return what the kernels see  # (rows, channels, height, width)."""
        x = functional.pad(tensors[0], self.margins) if self.margins else tensors[0]
        return functional.conv2d(
            x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        )
