"""Plots: small SVG drawings for a report; colours come from the page's style, texts are escaped."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 720, 280, 64, 30, 12, 16
SHADES = 5
"""Classes ``q0`` (best) to ``q4`` by rank."""


@dataclass(frozen=True)
class Line:
    """One trial's course: (epoch, value) points and how good it ended."""

    label: str
    points: Sequence[tuple[float, float]]
    shade: int


@dataclass(frozen=True)
class Dot:
    """One result of a scatter."""

    label: str
    x: float
    y: float
    kind: str = "trial"


@dataclass(frozen=True)
class Scale:
    """Where values lie on an axis from ``start`` to ``end`` in pixels."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """Return the pixel of a value."""
        low, high, v = (math.log(n) if self.log else n for n in (self.low, self.high, value))
        share = (v - low) / (high - low) if high > low else 0.5
        return round(self.start + (self.end - self.start) * share, 1)

    def ticks(self) -> list[float]:
        """Return a few round values inside.

        >>> Scale(0.61, 0.94, 0, 1).ticks()
        [0.7, 0.8, 0.9]
        """
        if self.log:
            first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
            return [10.0**n for n in range(first, last + 1)] or [self.low, self.high]
        width = self.high - self.low
        if width <= 0:
            return [self.low]
        step = 10.0 ** math.floor(math.log10(width))
        step = next(step * part for part in (0.2, 0.5, 1, 2) if width / (step * part) <= 6)
        count = math.floor(self.high / step + 1e-9) - math.ceil(self.low / step - 1e-9) + 1
        first_tick = math.ceil(self.low / step - 1e-9)
        return [round((first_tick + i) * step, 12) for i in range(count)]


def shade(rank: int, count: int) -> int:
    """Return the shade of the trial ranked ``rank`` of ``count``.

    >>> [shade(rank, 10) for rank in (0, 4, 9)]
    [0, 2, 4]
    """
    return min(SHADES - 1, rank * SHADES // max(count, 1))


def curves(lines: Sequence[Line], *, metric: str) -> str:
    """Draw the metric over epochs; the best line comes last, on top."""
    points = [p for line in lines for p in line.points]
    if not points:
        return ""
    values = sorted(y for _, y in points)
    x = Scale(min(x for x, _ in points), max(x for x, _ in points), LEFT, WIDTH - RIGHT)
    low = values[len(values) // 50]  # a first epoch far off must not flatten the rest
    y = Scale(low, values[-1 - len(values) // 50], HEIGHT - BOTTOM, TOP)
    drawn = [
        f'<polyline class="line q{line.shade}" points="'
        + " ".join(f"{x.at(a)},{_inside(y.at(b))}" for a, b in line.points)
        + f'"><title>{escape(line.label)}</title></polyline>'
        for line in sorted(lines, key=lambda line: -line.shade)
    ]
    return _frame(_axes(x, y, "epoch", metric) + "".join(drawn), f"{metric} by epoch")


def bars(shares: Mapping[str, float]) -> str:
    """Draw one bar per field, most important first."""
    if not shares:
        return ""
    height = 24 * len(shares) + 8
    most = max(shares.values()) or 1.0
    rows = []
    for i, (name, share) in enumerate(shares.items()):
        top, width = 24 * i + 7, 400 * share / most
        rows.append(
            f'<text class="name" x="236" y="{top + 12}">{escape(name)}</text>'
            f'<rect class="bar" x="246" y="{top}" width="{width:.1f}" height="15" rx="2"/>'
            f'<text class="value" x="{252 + width:.1f}" y="{top + 12}">{share:.0%}</text>'
        )
    return _frame("".join(rows), "importance of each field", height)


def scatter(dots: Sequence[Dot], *, x_name: str, y_name: str) -> str:
    """Draw results by two figures; x is logarithmic where it spans a lot."""
    if len(dots) < 2:
        return ""
    xs, ys = [d.x for d in dots], [d.y for d in dots]
    log = min(xs) > 0 and max(xs) / min(xs) > 20
    x, y = Scale(min(xs), max(xs), LEFT + 10, WIDTH - RIGHT - 10, log), _padded(ys)
    drawn = "".join(
        f'<circle class="dot {escape(d.kind)}" cx="{x.at(d.x)}" cy="{y.at(d.y)}" r="5">'
        f"<title>{escape(d.label)}</title></circle>"
        for d in dots
    )
    return _frame(_axes(x, y, x_name, y_name) + drawn, f"{y_name} against {x_name}")


def parallel(
    axes: Mapping[str, Sequence[float | str]], shades: Sequence[int], *, logs: Sequence[str] = ()
) -> str:
    """Draw one line per trial through one upright axis per field; the metric is the last axis.

    ``axes`` holds every trial's value of a field; texts are spread over their axis in order.
    """
    if not axes or not shades:
        return ""
    gap = (WIDTH - 120) / max(1, len(axes) - 1)
    heights, marks = [], []
    for place, (name, values) in enumerate(axes.items()):
        at = 60 + place * gap
        scale, labels = _upright(values, log=name in logs)
        heights.append([(at, scale.at(n)) for n in _numbers(values)])
        marks.append(_axis_of(name, at, scale, labels))
    lines = [
        f'<polyline class="line q{shade}" points="'
        + " ".join(f"{axis[trial][0]:.1f},{axis[trial][1]}" for axis in heights)
        + '"/>'
        for trial, shade in sorted(enumerate(shades), key=lambda pair: -pair[1])
    ]
    return _frame("".join(lines) + "".join(marks), "settings of every trial", HEIGHT + 20)


def _upright(values: Sequence[float | str], *, log: bool) -> tuple[Scale, dict[float, str]]:
    """Return the scale of an upright axis and what to write beside it."""
    numbers = _numbers(values)
    scale = Scale(min(numbers), max(numbers), HEIGHT - BOTTOM, 34, log and min(numbers) > 0)
    if any(isinstance(v, str) for v in values):
        return scale, {float(i): text for i, text in enumerate(_texts(values))}
    return scale, {n: f"{n:.3g}" for n in (scale.low, scale.high)}


def _axis_of(name: str, at: float, scale: Scale, labels: Mapping[float, str]) -> str:
    short = name if len(name) <= 18 else f"…{name[-17:]}"
    texts = "".join(
        f'<text class="value" x="{at + 4:.1f}" y="{scale.at(n) - 3}">{escape(text)}</text>'
        for n, text in labels.items()
    )
    return (
        f'<line class="axis" x1="{at:.1f}" x2="{at:.1f}" y1="34" y2="{HEIGHT - BOTTOM}"/>'
        f'<text class="head" x="{at:.1f}" y="{HEIGHT + 6}">{escape(short)}'
        f"<title>{escape(name)}</title></text>{texts}"
    )


def _numbers(values: Sequence[float | str]) -> list[float]:
    texts = _texts(values)
    return [float(texts.index(str(v))) if texts else float(v) for v in values]


def _texts(values: Sequence[float | str]) -> list[str]:
    return sorted({str(v) for v in values}) if any(isinstance(v, str) for v in values) else []


def _padded(values: Sequence[float]) -> Scale:
    room = (max(values) - min(values)) * 0.05
    return Scale(min(values) - room, max(values) + room, HEIGHT - BOTTOM, TOP)


def _inside(pixel: float) -> float:
    return min(max(pixel, TOP), HEIGHT - BOTTOM)


def _axes(x: Scale, y: Scale, x_name: str, y_name: str) -> str:
    floor = HEIGHT - BOTTOM
    found = [
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y.at(t)}" y2="{y.at(t)}"/>'
        f'<text class="name" x="{LEFT - 6}" y="{y.at(t) + 4}">{t:.4g}</text>'
        for t in y.ticks()
    ]
    found += [
        f'<text class="head" x="{x.at(t)}" y="{floor + 16}">{t:.4g}</text>' for t in x.ticks()
    ]
    found.append(f'<text class="value" x="{LEFT + 4}" y="{floor - 6}">{escape(y_name)}</text>')
    found.append(f'<text class="name" x="{WIDTH - RIGHT}" y="{floor - 6}">{escape(x_name)}</text>')
    return "".join(found)


def _frame(content: str, title: str, height: int = HEIGHT) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        f"{content}</svg>"
    )
