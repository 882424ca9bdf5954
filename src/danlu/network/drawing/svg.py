"""Drawing: a network as SVG: one bar per node from top to bottom, blocks as frames; no torch.

Equal documents give equal pictures. Nothing is loaded from elsewhere: colours are written in,
fonts are those of the reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from xml.sax.saxutils import escape

from danlu.errors import TooLargeError
from danlu.network.drawing.bars import (
    HEIGHT,
    ROUND,
    Bars,
    Columns,
    box,
    columns,
    is_drawn,
    room_behind,
)
from danlu.network.drawing.layers import Box, Placement, Point, place
from danlu.network.drawing.outline import Reports, Scope, Step, outline, short
from danlu.network.drawing.paint import FONT, Theme, Write, number, paint, width_of
from danlu.network.graph import Network

FRAME = 18.0  # from a frame to what is in it
EDGE = 30.0  # from the picture's edge to what is in it
TITLE = 44.0
BEND = 9.0  # radius of an edge's corners
MOST_STEPS = 1_000


def svg(
    network: Network, *, theme: Theme = "light", reports: Reports | None = None,
    groups: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    """Draw a network; ``reports`` add shapes and weights, ``groups`` (op to group) the colours.

    >>> net = Network.model_validate({"name": "tiny", "inputs": {"table": {}}, "nodes": {"head":
    ...     {"op": "dense", "in": {"x": "table"}}}, "outputs": {"answer": "head"}})
    >>> svg(net).count("<rect"), svg(net) == svg(net)
    (4, True)
    """
    scope = outline(network, reports)
    if scope.total() > MOST_STEPS:
        raise TooLargeError(
            f"{scope.total()} nodes cannot be drawn so that one could read them",
            code="drawing_large", where=f"network '{network.name}'",
            do=f"Make blocks of them: {MOST_STEPS} bars are the most.",
        )  # fmt: skip
    look = paint(theme)
    drawn = _Pen(Bars(look, groups or {})).scope(scope)
    told = totals(scope, reports or {})
    title, beside = Write(17, look.ink, 650), Write(12.5, look.dim, anchor="end")
    wide = max(drawn.width, width_of(network.name, 17, bold=True) + width_of(told, 12.5) + 2 * EDGE)
    width, height = number(wide + 2 * EDGE), number(drawn.height + 2 * EDGE + TITLE)
    left = number(EDGE + (wide - drawn.width) / 2)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" role="img" font-family="{FONT}">',
        f"<title>{escape(f'{network.name}: {told}')}</title>",
        f'<rect width="{width}" height="{height}" rx="16" fill="{look.page}"/>',
        title.at(EDGE, EDGE + 8, network.name),
        beside.at(wide + EDGE, EDGE + 8, told),
        f'<g transform="translate({left} {number(EDGE + TITLE)})">',
        *drawn.parts, "</g>", "</svg>", "",
    ])  # fmt: skip


def totals(scope: Scope, reports: Reports) -> str:
    """Say how large a network is, in one line."""
    around = {path.rpartition(".")[0] for path in reports} | {
        path.rpartition(".")[0].rpartition(".")[0] for path in reports
    }
    count = len(reports.keys() - around) or sum(s.kind in ("op", "block") for s in scope.steps)
    top = [s.report for s in scope.steps if s.report]
    words = [f"{count} node{'s' if count != 1 else ''}"]
    for total, name in (
        (sum(r.parameters for r in top), "parameters"), (sum(r.macs for r in top), "multiply-adds"),
    ):  # fmt: skip
        words += [f"{short(total)} {name}"] if total else []
    return " · ".join(words)


class _Drawn(NamedTuple):
    parts: list[str]
    width: float
    height: float
    middle: float
    """Where data come in."""
    lead: float = 0.0
    """Room wanted above."""


class _Pen(NamedTuple):
    """Draws scopes, one within the other."""

    bars: Bars

    def scope(self, scope: Scope) -> _Drawn:
        """Place and draw the steps of one scope."""
        given = columns(scope)
        inner = {s.name: self.scope(_entered(s.inner)) for s in scope.steps if s.inner}
        boxes = {
            s.name: _frame(s, given, inner[s.name]) if s.name in inner else box(s, given)
            for s in scope.steps
        }
        placed = place(boxes, scope.edges())
        parts = list(self.edges(placed, scope))
        for step in scope.steps:
            left, top = placed.at[step.name]
            drawn = self.bars.draw(step, given, boxes[step.name])
            if step.name in inner:
                drawn = self.frame(step, given, boxes[step.name], inner[step.name])
            parts += [f'<g transform="translate({number(left)} {number(top)})">', *drawn, "</g>"]
        entry = scope.steps[0]
        middle = placed.at[entry.name][0] if not is_drawn(entry) else placed.width / 2
        lead = 12.0 if is_drawn(entry) else 0.0
        return _Drawn([p for p in parts if p], placed.width, placed.height, middle, lead)

    def frame(self, step: Step, given: Columns, room: Box, inner: _Drawn) -> Iterator[str]:
        """Draw a block: its bar on top, below it what is inside."""
        look, hue = self.bars.look, self.bars.hue(step)
        height = room.height - room_behind(step)
        if step.repeats:
            yield from self.bars.cards(room.width, height, hue)
        yield (
            f'<rect width="{number(room.width)}" height="{number(height)}" rx="{ROUND:g}"'
            f' fill="{look.sunk}" stroke="{look.line(hue)}"/>'
        )
        yield from self.bars.bar(step, given, room.width)
        left = number(room.width / 2 - inner.middle)
        yield f'<g transform="translate({left} {number(HEIGHT + inner.lead)})">'
        yield from inner.parts
        yield "</g>"

    def edges(self, placed: Placement, scope: Scope) -> Iterator[str]:
        """Draw every edge, with a head where it ends at a bar."""
        color = self.bars.look.edge
        readers = {s.name: s for s in scope.steps}
        yield f'<g fill="none" stroke="{color}" stroke-width="1.6" stroke-linecap="round">'
        for (_, reader), way in placed.ways.items():
            yield f'<path d="{_path(way, is_drawn(readers[reader]))}"/>'
        yield "</g>"
        ends = {
            way[-1]: None for (_, r), way in placed.ways.items() if is_drawn(readers[r])
        }  # fmt: skip
        for x, y in ends:
            head = f"M{number(x - 4)} {number(y - 7)}L{number(x)} {number(y)}L{number(x + 4)}"
            yield f'<path d="{head} {number(y - 7)}Z" fill="{color}"/>'


def _entered(scope: Scope) -> Scope:
    """Return what is in a block, its only input and its output without a name to draw."""
    inputs = [s.name for s in scope.steps if s.kind == "input"]
    renamed = {inputs[0]: "→"} if len(inputs) == 1 else {}
    steps = [
        s._replace(
            name="→→" if s.kind == "output" else renamed.get(s.name, s.name),
            sources=tuple(renamed.get(n, n) for n in s.sources),
        )
        for s in scope.steps
    ]
    return Scope(tuple(steps))


def _frame(step: Step, given: Columns, inner: _Drawn) -> Box:
    side = max(inner.middle, inner.width - inner.middle) + FRAME
    height = HEIGHT + inner.lead + inner.height + room_behind(step)
    return Box(max(given.bar, 2 * side), height)


def _path(way: list[Point], headed: bool) -> str:  # noqa: FBT001
    """Return an edge with round corners, ending before its head."""
    if headed:
        way = [*way[:-1], (way[-1][0], way[-1][1] - 5)]
    said = [f"M{number(way[0][0])} {number(way[0][1])}"]
    for before, corner, after in zip(way, way[1:], way[2:], strict=False):
        bend = min(BEND, _far(before, corner) / 2, _far(corner, after) / 2)
        start, end = _toward(corner, before, bend), _toward(corner, after, bend)
        said.append(
            f"L{number(start[0])} {number(start[1])}Q{number(corner[0])} {number(corner[1])}"
            f" {number(end[0])} {number(end[1])}"
        )
    said.append(f"L{number(way[-1][0])} {number(way[-1][1])}")
    return "".join(said)


def _far(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _toward(start: Point, end: Point, far: float) -> Point:
    whole = _far(start, end) or 1.0
    return (
        start[0] + (end[0] - start[0]) * far / whole,
        start[1] + (end[1] - start[1]) * far / whole,
    )
