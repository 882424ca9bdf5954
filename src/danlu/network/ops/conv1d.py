"""Conv1d: the same small kernels at every position of a sequence."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor
from torch.nn import functional

from danlu.network.along import Fit, Lie
from danlu.network.ops.base import Layer, Live, Masks, Op, Source, uniform
from danlu.network.ports import Inputs, Port, Refusal
from danlu.network.windows import (
    Margin,
    Side,
    Window,
    all_real,
    arguments,
    margins,
    misfit,
    padded,
    uneven,
)
from danlu.params import size


class Conv1d(Op):
    """Each output is a weighted sum of what a kernel sees, at every position.

    Padding in the sequence counts as zeros, as if it ended there.

    >>> Conv1d(channels=8, kernel=3, stride=2).on("length=6, features=4")
    'length=3, features=8'
    """

    title: ClassVar = {"en": "Conv 1D", "zh": "一维卷积"}
    words: ClassVar = {
        "en": ("convolution", "cnn", "temporal", "causal", "wavenet", "text cnn", "filter"),
        "zh": ("卷积", "时间卷积", "因果卷积", "文本卷积"),
    }
    group: ClassVar = "sequence"
    formula: ClassVar = "y[i, o] = b[o] + sum over u, c of w[o, c, u] x[i + u, c]"
    paper: ClassVar = "Waibel 1989, IEEE Trans. ASSP 37(3)"
    ports: ClassVar = (Port(name="x", wants="sequence"),)
    on_padding: ClassVar = "reads"
    examples: ClassVar = (
        {"padding": "valid", "stride": 2},
        {"padding": "causal", "dilation": 2},
        {"kernel": 5, "padding": 1, "groups": 2},
        {"kernel": 2, "stride": 2},
    )
    on_fill: ClassVar = "sums"
    maskable: ClassVar = ("channels",)

    channels: int = size(32, ge=1, le=65536)
    """Kernels, and so features that come out."""
    kernel: Side = size(3)
    """Positions that a kernel sees."""
    stride: Side = size(1)
    """Positions from one place to the next."""
    padding: Literal["same", "valid", "causal"] | Margin = size("same")
    """"same": one output per stride; "causal": the same, but none sees what comes later;
    "valid": whole kernels only; or zeros at both ends."""
    dilation: Side = size(1)
    """Positions from one point of the kernel to the next; 1 = none are left out."""
    groups: int = Field(1, ge=1, le=65536)
    """Parts of the features that do not see each other."""
    bias: bool = True
    """Whether a constant is learnt for every output feature."""

    def misfit(self, inputs: Inputs) -> Refusal | None:
        """Return what does not fit: groups or kernel."""
        length, features = inputs["x"][0].shape
        refusal = uneven(self.groups, features or 0, self.channels)
        return refusal or misfit((self._window(),), (length,))

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        shape = (self.channels, (inputs["x"][0].shape[1] or 0) // self.groups)
        return _Conv1d(shape, self._window(), self.groups, bias=self.bias)

    def along(self, fit: Fit) -> Lie | None:
        """Say where the channels lie; groups would end elsewhere."""
        channels = fit.size("channels")
        lie = Lie(channels, {"weight": (channels, fit.x), "bias": (channels,)})
        return lie if self.groups == 1 else None

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        window, given = self._window(), inputs["x"][0]
        groups = f", groups={self.groups}" if self.groups > 1 else ""
        bias = "" if self.bias else ", bias=False"
        sizes = f"{given.shape[1]}, {self.channels}, {arguments((window,))}"
        x = "{0}.masked_fill(~{m0}.unsqueeze(-1), 0.0)" if given.masked else "{0}"
        call = f"{{self}}({padded((window,), x + '.transpose(1, 2)')}).transpose(1, 2)"
        make = f"nn.Conv1d({sizes}{groups}{bias})"
        if not given.masked or (window.stride == 1 and self.padding in ("same", "causal")):
            return Source(call, make)
        if self.padding in ("same", "causal"):
            return Source(call, make, mask=f"{{m0}}[:, ::{window.stride}]")
        told = f"{window.kernel}, {window.stride}, {window.dilation}, {window.before}"
        return Source(call, make, functions=(all_real,), mask=f"all_real({{m0}}, {told})")

    def _window(self) -> Window:
        return Window(self.kernel, self.stride, self.padding, self.dilation)


class _Conv1d(Layer):
    def __init__(self, shape: tuple[int, int], window: Window, groups: int, *, bias: bool) -> None:
        super().__init__()
        start = uniform(1 / max(shape[1] * window.kernel, 1) ** 0.5)
        self.weight = self.learn("weight", (*shape, window.kernel), start)
        self.bias = self.learn("bias", shape[:1], start) if bias else None
        self.window, self.groups = window, groups
        self.margins = margins((window,))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return what the kernels see  # (rows, length, features)."""
        x, w = tensors[0], self.window
        mask = live.masks[0] if live.masks else None
        if mask is not None:
            x = x.masked_fill(~mask.unsqueeze(-1), 0.0)
        x = x.transpose(1, 2)  # (rows, features, length)
        if self.margins:
            x = functional.pad(x, self.margins)
        margin = 0 if self.margins else w.before
        found = functional.conv1d(
            x, self.weight, self.bias, w.stride, margin, w.dilation, self.groups
        )
        return found.transpose(1, 2)

    def mask(self, tensors: tuple[Tensor, ...], masks: Masks) -> Tensor | None:
        """Return which outputs a sequence without padding would have."""
        del tensors
        w, mask = self.window, masks[0]
        if mask is None:
            return None
        if w.padding in ("same", "causal"):
            return mask[:, :: w.stride]
        return all_real(mask, w.kernel, w.stride, w.dilation, w.before)
