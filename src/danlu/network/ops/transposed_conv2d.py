"""Transposed conv2d: every pixel paints a kernel, so that images grow."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from pydantic import Field
from torch import Tensor
from torch.nn import functional

from danlu.network.along import Fit, Lie
from danlu.network.ops.base import Layer, Live, Op, Source, uniform
from danlu.network.ports import Inputs, Port, Refusal
from danlu.network.windows import Padding, Sides, pair, uneven, written
from danlu.params import size


class TransposedConv2d(Op):
    """What a convolution makes small it makes large again, with weights of its own.

    >>> TransposedConv2d(channels=8, kernel=4, stride=2).on("channels=3, height=4, width=4")
    'channels=8, height=8, width=8'
    """

    title: ClassVar = {"en": "Transposed conv 2D", "zh": "转置卷积"}
    words: ClassVar = {
        "en": ("deconvolution", "upsample", "decoder", "generator", "u-net"),
        "zh": ("反卷积", "上采样", "解码器"),
    }
    group: ClassVar = "image"
    formula: ClassVar = "y[o, s i + u, s j + v] += w[c, o, u, v] x[c, i, j], then + b[o]"
    paper: ClassVar = "Zeiler 2010, doi:10.1109/CVPR.2010.5539957"
    ports: ClassVar = (Port(name="x", wants="image"),)
    examples: ClassVar = (
        {"kernel": 3, "stride": 1},
        {"kernel": (4, 1), "stride": (1, 3), "groups": 2},
        {"kernel": 3, "padding": "valid"},
        {"kernel": 4, "padding": 1},
        {"kernel": (3, 4), "stride": (2, 1)},
    )
    on_fill: ClassVar = "sums"
    maskable: ClassVar = ("channels",)

    channels: int = size(32, ge=1, le=65536)
    """Channels that come out."""
    kernel: Sides = size(4)
    """Side of the kernel in pixels, or [height, width]; a multiple of the stride paints evenly."""
    stride: Sides = size(2)
    """Pixels from one kernel to the next, and so how much larger the image becomes."""
    padding: Padding = size("same")
    """"same": sides times stride; "valid": whole kernels; or pixels cut off every side."""
    groups: int = Field(1, ge=1, le=65536)
    """Parts of the channels that do not see each other."""
    bias: bool = True
    """Whether a constant is learnt for every channel."""

    def misfit(self, inputs: Inputs) -> Refusal | None:
        """Return what does not fit: groups, or that nothing is left."""
        channels, *sides = inputs["x"][0].shape
        refusal = uneven(self.groups, channels or 0, self.channels)
        for fit, side in zip(self._fits(), sides, strict=True):
            whole = ((side or 0) - 1) * fit.stride + fit.kernel
            if refusal is None and whole <= 2 * fit.padding:
                args: dict[str, str | int] = {"crop": 2 * fit.padding, "size": whole}
                refusal = Refusal(code="crop_large", port="x", args=args)
        return refusal

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        shape = (inputs["x"][0].shape[0] or 0, self.channels // self.groups)
        return _TransposedConv2d(shape, self._fits(), self.groups, bias=self.bias)

    def along(self, fit: Fit) -> Lie | None:
        """Say where the channels lie; groups would end elsewhere."""
        channels = fit.size("channels")
        lie = Lie(channels, {"weight": (fit.x, channels), "bias": (channels,)})
        return lie if self.groups == 1 else None

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        fits, channels = self._fits(), inputs["x"][0].shape[0]
        parts = [str(channels), str(self.channels), written(tuple(f.kernel for f in fits))]
        for name, values, usual in (
            ("stride", tuple(f.stride for f in fits), 1),
            ("padding", tuple(f.padding for f in fits), 0),
            ("output_padding", tuple(f.extra for f in fits), 0),
            ("groups", (self.groups,), 1),
        ):
            if set(values) != {usual}:
                parts.append(f"{name}={written(values)}")
        bias = "" if self.bias else ", bias=False"
        cut = ", ".join(":-1" if f.cut else ":" for f in fits)
        cut = f"[:, :, {cut}]" if "1" in cut else ""
        return Source(f"{{self}}({{0}}){cut}", f"nn.ConvTranspose2d({', '.join(parts)}{bias})")

    def _fits(self) -> tuple[_Fit, _Fit]:
        rows, columns = zip(pair(self.kernel), pair(self.stride), strict=True)
        return _fit(*rows, self.padding), _fit(*columns, self.padding)


class _Fit(NamedTuple):
    """How one side comes to the size that is wanted."""

    kernel: int
    stride: int
    padding: int = 0
    extra: int = 0
    """Added behind, in which torch sees to it that weights are painted."""
    cut: bool = False
    """Whether one pixel is cut off behind, which torch cannot do."""


def _fit(kernel: int, stride: int, padding: str | int) -> _Fit:
    if padding == "valid" or isinstance(padding, int):
        return _Fit(kernel, stride, padding if isinstance(padding, int) else 0)
    over = kernel - stride
    if over <= 0:
        return _Fit(kernel, stride, 0, -over)
    if over % 2 == 0:
        return _Fit(kernel, stride, over // 2)
    if stride > 1:
        return _Fit(kernel, stride, (over + 1) // 2, 1)
    return _Fit(kernel, stride, over // 2, 0, cut=True)


class _TransposedConv2d(Layer):
    def __init__(
        self, shape: tuple[int, int], fits: tuple[_Fit, _Fit], groups: int, *, bias: bool
    ) -> None:
        super().__init__()
        kernel = tuple(f.kernel for f in fits)
        start = uniform(1 / max(shape[1] * kernel[0] * kernel[1], 1) ** 0.5)
        self.weight = self.learn("weight", (*shape, *kernel), start)
        self.bias = self.learn("bias", (shape[1] * groups,), start) if bias else None
        self.stride = tuple(f.stride for f in fits)
        self.padding = tuple(f.padding for f in fits)
        self.extra = tuple(f.extra for f in fits)
        self.ends = tuple(-1 if f.cut else None for f in fits)
        self.groups = groups

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the larger image  # (rows, channels, height, width)."""
        found = functional.conv_transpose2d(
            tensors[0], self.weight, self.bias, self.stride, self.padding, self.extra, self.groups
        )
        return found[:, :, : self.ends[0], : self.ends[1]]
