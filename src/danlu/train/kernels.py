"""Kernels: let the faster matrix library work wherever it is just as exact."""

from __future__ import annotations

from functools import cache

import torch

EXACT = 1e-5  # relative; float32 gives 1e-6 for such sizes, bfloat16 3e-3
SHAPES = ((2, 512, 96, 96), (1, 64, 200, 64))  # trials, rows, in, out


@cache
def use_fastest_exact() -> bool:
    """Choose how this process multiplies float32 matrices; True if oneDNN does.

    torch gives float32 products to MKL, which on processors of other makers leaves half of the
    speed unused. It hands them to oneDNN only under leave to round to bfloat16; leave that
    oneDNN does not use on processors without matrix units. So the leave is given, the error is
    measured, and the leave is taken back if there is any.
    """
    precision = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]  # made at run time
    before = precision.fp32_precision
    precision.fp32_precision = "bf16"
    if max(_error(*shape) for shape in SHAPES) < EXACT:
        return True
    precision.fp32_precision = before
    return False


def _error(trials: int, rows: int, inner: int, units: int) -> float:
    """Return the largest relative error of one product and its two derivatives."""
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(trials, rows, inner, generator=draw)
    w = torch.randn(trials, units, inner, generator=draw)
    g = torch.randn(trials, rows, units, generator=draw)
    worst = 0.0
    for a, b in ((x, w.transpose(1, 2)), (g.transpose(1, 2), x), (g, w)):
        exact = a.double() @ b.double()
        worst = max(worst, float((torch.bmm(a, b) - exact).abs().max() / exact.abs().max()))
    return worst
