"""Pool: the largest or the average number of every small window."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional

from danlu.network.ops.base import Layer, Live, Masks, Op, Source
from danlu.network.ports import Inputs, Port, Refusal
from danlu.network.windows import (
    Padding,
    Sides,
    Window,
    even,
    margins,
    misfit,
    one_side,
    sliding,
    written,
)
from danlu.params import size


class Pool(Op):
    """Windows slide over an image or a sequence; what lies past the ends or is padding is left out.

    >>> Pool(kernel=2).on("channels=3, height=8, width=8")
    'channels=3, height=4, width=4'
    """

    title: ClassVar = {"en": "Pool", "zh": "池化"}
    words: ClassVar = {
        "en": ("max pooling", "average pooling", "downsample", "subsample", "shrink"),
        "zh": ("最大池化", "平均池化", "下采样", "缩小"),
    }
    group: ClassVar = "image"
    formula: ClassVar = "y[c, i, j] = max (or mean) over u, v of x[c, s i + u, s j + v]"
    paper: ClassVar = "LeCun 1998, Proc. IEEE 86(11)"
    ports: ClassVar = (Port(name="x", wants="grid"),)
    on_padding: ClassVar = "reads"
    examples: ClassVar = (
        {"kernel": 3, "stride": 1, "padding": "same"},
        {"kernel": 3, "stride": 1, "padding": "same", "kind": "average"},
        {"kernel": 4, "stride": 2, "padding": "same"},
        {"kernel": 4, "stride": 2, "padding": "same", "kind": "average"},
        {"kernel": 3, "padding": 1, "kind": "average"},
    )
    on_fill: ClassVar = "each"

    kind: Literal["max", "average"] = size("max")
    """Largest number of each window, or the average of what is there."""
    kernel: Sides = size(2)
    """Side of the window, or [height, width]."""
    stride: Sides | None = size(None)
    """Places from one window to the next, or [down, right]; empty = windows do not overlap."""
    padding: Padding = size("valid")
    """"valid": whole windows only; "same": one output per stride; or places past every end."""

    def misfit(self, inputs: Inputs) -> Refusal | None:
        """Return what does not fit: two sides for one axis, windows beyond the ends."""
        given = inputs["x"][0]
        windows = self._windows(inputs)
        flat = len(windows) == 1
        refusal = one_side(kernel=self.kernel, stride=self.stride or 1) if flat else None
        if refusal is not None:
            return refusal
        most = min(w.kernel for w in windows) // 2
        if isinstance(self.padding, int) and self.padding > most:
            args: dict[str, str | int] = {"mode": "pool", "pad": self.padding, "size": 2 * most}
            return Refusal(code="pad_large", port="x", args=args)
        return misfit(windows, given.shape[:1] if flat else given.shape[1:])

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Pool(self.kind, self._windows(inputs))

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        windows, masked = self._windows(inputs), inputs["x"][0].masked
        flat = len(windows) == 1
        x, back = ("{0}.transpose(1, 2)", ".transpose(1, 2)") if flat else ("{0}", "")
        if not masked and not margins(windows):
            word = "max" if self.kind == "max" else "avg"
            told = _told(windows, counts=self.kind == "average")
            return Source(f"functional.{word}_pool{len(windows)}d({x}, {told}){back}")
        function = max_windows if self.kind == "max" else average_windows
        told = f"{_sides(windows, 'kernel')}, {_sides(windows, 'stride')}, {_edges(windows)}"
        real = "{m0}.unsqueeze(1)" if masked else "None"
        call = f"{function.__name__}({x}, {real}, {told}){back}"
        if not masked:
            return Source(call, functions=(function,))
        mask = f"seen_windows({{m0}}, {told})"
        return Source(call, functions=(function, seen_windows), mask=mask)

    def _windows(self, inputs: Inputs) -> tuple[Window, ...]:
        stride = self.kernel if self.stride is None else self.stride
        return sliding(self.kernel, stride, self.padding)[: len(inputs["x"][0].axes) - 1]


def _sides(windows: tuple[Window, ...], name: str) -> tuple[int, ...]:
    return tuple(getattr(w, name) for w in windows)


def _told(windows: tuple[Window, ...], *, counts: bool) -> str:
    """Write the windows for one of torch's functions, whose stride is the kernel if not said."""
    kernel, stride = _sides(windows, "kernel"), _sides(windows, "stride")
    parts = [written(kernel)]
    if stride != kernel:
        parts.append(f"stride={written(stride)}")
    if any(even(windows)):
        parts.append(f"padding={written(even(windows))}")
        parts += ["count_include_pad=False"] if counts else []
    return ", ".join(parts)


def _edges(windows: tuple[Window, ...]) -> tuple[int, ...]:
    """Return what lies past the ends, last axis first."""
    return tuple(n for w in reversed(windows) for n in (w.before, w.after))


def max_windows(
    x: Tensor,
    real: Tensor | None,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    edges: tuple[int, ...],
) -> Tensor:
    """Return the largest number of every window, zero where nothing in it is real."""
    pool = functional.max_pool1d if x.dim() == 3 else functional.max_pool2d
    x = x if real is None else x.masked_fill(~real, -torch.inf)
    found = pool(functional.pad(x, edges, value=-torch.inf), kernel, stride)
    return found.masked_fill(found == -torch.inf, 0.0)


def average_windows(
    x: Tensor,
    real: Tensor | None,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    edges: tuple[int, ...],
) -> Tensor:
    """Return the average of what is real in every window, zero where nothing is."""
    pool = functional.avg_pool1d if x.dim() == 3 else functional.avg_pool2d
    real = torch.ones_like(x[:1, :1], dtype=torch.bool) if real is None else real
    total = pool(functional.pad(x.masked_fill(~real, 0.0), edges), kernel, stride)
    share = pool(functional.pad(real.float(), edges), kernel, stride)
    return total / share.clamp(min=1e-6)


def seen_windows(
    mask: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], edges: tuple[int, ...]
) -> Tensor:
    """Return which windows hold a real position."""
    real = functional.pad(mask.float().unsqueeze(1), edges)  # (rows, 1, length)
    return functional.max_pool1d(real, kernel, stride).squeeze(1) > 0


class _Pool(Layer):
    def __init__(self, kind: str, windows: tuple[Window, ...]) -> None:
        super().__init__()
        self.kind, self.flat = kind, len(windows) == 1
        self.kernel, self.stride = _sides(windows, "kernel"), _sides(windows, "stride")
        self.edges, self.is_plain = _edges(windows), not margins(windows)
        self.padding = even(windows)

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return one number per window  # (rows, channels, height, width), or a sequence."""
        x = tensors[0].transpose(1, 2) if self.flat else tensors[0]
        mask = live.masks[0] if live.masks else None
        if mask is None and self.is_plain:
            found = self._plain(x)
        else:
            real = None if mask is None else mask.unsqueeze(1)
            function = max_windows if self.kind == "max" else average_windows
            found = function(x, real, self.kernel, self.stride, self.edges)
        return found.transpose(1, 2) if self.flat else found

    def _plain(self, x: Tensor) -> Tensor:
        given = (x, self.kernel, self.stride, self.padding)
        if self.kind == "max":
            return functional.max_pool1d(*given) if self.flat else functional.max_pool2d(*given)
        pool = functional.avg_pool1d if self.flat else functional.avg_pool2d
        return pool(*given, count_include_pad=False)

    def mask(self, tensors: tuple[Tensor, ...], masks: Masks) -> Tensor | None:
        """Return which windows hold a real position."""
        del tensors
        if masks[0] is None:
            return None
        return seen_windows(masks[0], self.kernel, self.stride, self.edges)
