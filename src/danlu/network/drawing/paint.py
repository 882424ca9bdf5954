"""Paint: the colours of a drawing in two themes, and how wide a text will be."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Literal, NamedTuple
from xml.sax.saxutils import escape

Theme = Literal["light", "dark"]
FONT = (
    "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'PingFang SC', 'Microsoft YaHei',"
    " 'Noto Sans CJK SC', sans-serif"
)
NARROW, WIDE = frozenset("ilj|.,:;'!() ft[]"), frozenset("mwMW@%—…")
BOLD = 1.09


class Paint(NamedTuple):
    """The colours of one theme; a hue is mixed with the card for what lies behind words."""

    page: str
    card: str
    sunk: str
    ink: str
    dim: str
    edge: str
    calm: str
    accent: str
    bad: str
    block: str
    groups: dict[str, str]

    def soft(self, hue: str) -> str:
        """Return the ground under words of this hue."""
        return _mix(self.card, hue, 0.10)

    def line(self, hue: str) -> str:
        """Return the outline of what has this hue."""
        return _mix(self.card, hue, 0.38)


LIGHT = Paint(
    page="#f7f5f2", card="#ffffff", sunk="#fbfaf8", ink="#211f1c", dim="#6a645c", edge="#a59d92",
    calm="#35648f", accent="#b5402a", bad="#b0281a", block="#57534e",
    groups={
        "columns": "#35648f", "layers": "#b5402a", "norms": "#2a7250", "shape": "#6d675f",
        "joins": "#946008", "image": "#6b4aa0", "sequence": "#17717c", "attention": "#a03468",
        "graph": "#5c6b1e",
    },
)  # fmt: skip
DARK = Paint(
    page="#151312", card="#1f1c1a", sunk="#191716", ink="#ece8e3", dim="#a69f96", edge="#736c64",
    calm="#84b4de", accent="#ec8a73", bad="#f0897c", block="#b5aca2",
    groups={
        "columns": "#84b4de", "layers": "#ec8a73", "norms": "#6fc79b", "shape": "#a8a199",
        "joins": "#e2b25c", "image": "#b79be8", "sequence": "#6cc4cc", "attention": "#e88fb8",
        "graph": "#b5c468",
    },
)  # fmt: skip


def paint(theme: Theme) -> Paint:
    """Return the colours of a theme."""
    return DARK if theme == "dark" else LIGHT


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a text is at most in common sans-serif fonts.

    >>> width_of("il", 10) < width_of("mm", 10) < width_of("丹炉", 10)
    True
    """
    ems = sum(_em(c) for c in text)
    return ems * size * (BOLD if bold else 1.0)


def cut(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """Return as much of a text as there is room for.

    >>> cut("convolution", 40, 10), cut("conv", 40, 10)
    ('conv…', 'conv')
    """
    if width_of(text, size, bold=bold) <= room:
        return text
    kept = text
    while kept and width_of(f"{kept}…", size, bold=bold) > room:
        kept = kept[:-1]
    return f"{kept.rstrip(' ,')}…"


class Write(NamedTuple):
    """How a line of text is set."""

    size: float
    fill: str
    weight: int = 400
    anchor: Literal["start", "middle", "end"] = "start"

    def at(self, x: float, y: float, text: str) -> str:
        """Return the element; nothing for no text."""
        if not text:
            return ""
        more = f' text-anchor="{self.anchor}"' if self.anchor != "start" else ""
        bold = f' font-weight="{self.weight}"' if self.weight != 400 else ""
        return (
            f'<text x="{number(x)}" y="{number(y)}" font-size="{self.size:g}"'
            f' fill="{self.fill}"{bold}{more}>{escape(text)}</text>'
        )


def line(pens: Iterable[Write], texts: Iterable[str], room: float) -> tuple[str, float]:
    """Set texts one after the other, cut where the room ends; return the spans and their width."""
    spans: list[str] = []
    used, between = 0.0, 9.0
    for pen, text in zip(pens, texts, strict=True):
        bold = pen.weight > 500
        left = room - used - (between if spans else 0)
        if text and left > pen.size:
            shown = cut(text, left, pen.size, bold=bold)
            shift = f' dx="{between:g}"' if spans else ""
            used += width_of(shown, pen.size, bold=bold) + (between if spans else 0)
            spans.append(
                f'<tspan{shift} font-size="{pen.size:g}" fill="{pen.fill}"'
                f' font-weight="{pen.weight}">{escape(shown)}</tspan>'
            )
    return "".join(spans), used


def number(value: float) -> str:
    """Return a coordinate, to a tenth of a pixel.

    >>> number(12.04), number(-0.04), number(3.26)
    ('12', '0', '3.3')
    """
    return f"{round(value, 1) + 0.0:g}"


def _em(char: str) -> float:
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    if char in NARROW:
        return 0.36
    if char in WIDE:
        return 0.95
    return 0.7 if char.isupper() else 0.62


def _mix(ground: str, hue: str, share: float) -> str:
    pairs = ((int(ground[i : i + 2], 16), int(hue[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
