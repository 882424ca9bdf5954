"""Bars: how one step of a network looks: a bar, a pill where data come in or go out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from danlu.network.drawing.layers import Box
from danlu.network.drawing.outline import TIMES, Scope, Step, short
from danlu.network.drawing.paint import Paint, Write, line, number, width_of

HEIGHT, PILL, ROUND = 36.0, 28.0, 9.0
PAD = 14.0  # within a bar
BETWEEN = 9.0  # between two words
STACK = 5.0  # how far each card of a repeat looks out
NARROWEST, WIDEST = 150.0, 560.0
NAME, SMALL, MARK = 13.0, 12.5, 11.5  # sizes of letters


class Columns(NamedTuple):
    """The widths that all bars of one scope share."""

    bar: float
    shape: float
    weights: float


def columns(scope: Scope) -> Columns:
    """Return widths in which every bar of a scope has room."""
    bars = [s for s in scope.steps if s.kind in ("op", "block")]
    shape = max((width_of(shape_of(s), SMALL) for s in bars), default=0)
    weights = max((width_of(weights_of(s), 12) for s in bars), default=0)
    right = sum(w + BETWEEN * 2 for w in (shape, weights) if w)
    left = max((_words(s) + _marks(s) for s in bars), default=0)
    return Columns(min(max(left + right + 2 * PAD + 4, NARROWEST), WIDEST), shape, weights)


def box(step: Step, given: Columns) -> Box:
    """Return the room a step takes."""
    if step.kind in ("op", "block"):
        return Box(given.bar, HEIGHT + room_behind(step))
    if not is_drawn(step):
        return Box(0, 0)
    more = width_of(step.what, 12) + 8 if step.what else 0
    return Box(width_of(shown_name(step), NAME, bold=True) + more + 2 * PAD, PILL)


def is_drawn(step: Step) -> bool:
    """Whether anything is drawn: what enters or leaves a block at one place needs no name."""
    return step.name not in ("→", "→→")


def room_behind(step: Step) -> float:
    """Return how far the cards of a repeat look out below."""
    return STACK * 2 if step.repeats else 0.0


def shown_name(step: Step) -> str:
    """Return the name without the arrow of an output."""
    return step.name.removeprefix("→")


def shape_of(step: Step) -> str:
    """Return the sizes that come out."""
    return step.report.shape.replace("x", TIMES) if step.report else ""


def weights_of(step: Step) -> str:
    """Return the number of weights, in few digits; empty for none."""
    return short(step.report.parameters) if step.report and step.report.parameters else ""


class Bars(NamedTuple):
    """Draws steps in the colours of one theme."""

    look: Paint
    groups: Mapping[str, str]
    """Op to group: the colour of its bar."""

    def draw(self, step: Step, given: Columns, room: Box) -> Iterator[str]:
        """Draw an input, an output or a bar at (0, 0)."""
        if step.kind in ("op", "block"):
            if step.repeats:
                yield from self.cards(room.width, HEIGHT, self.hue(step))
            yield from self.bar(step, given, room.width)
        elif is_drawn(step):
            yield from self.pill(step, room.width)

    def pill(self, step: Step, width: float) -> Iterator[str]:
        """Draw what comes in or goes out."""
        look, name, y = self.look, shown_name(step), PILL / 2 + 4.5
        hue = look.accent if step.kind == "output" else look.calm
        yield (
            f'<rect width="{number(width)}" height="{PILL:g}" rx="{PILL / 2:g}"'
            f' fill="{look.soft(hue)}" stroke="{look.line(hue)}"/>'
        )
        yield Write(NAME, hue, 650).at(PAD, y, name)
        x = PAD + width_of(name, NAME, bold=True) + 8
        yield Write(12, look.dim).at(x, y, step.what)

    def bar(self, step: Step, given: Columns, width: float) -> Iterator[str]:
        """Draw one node on one line: name, op and values left, shape and weights right."""
        look, hue = self.look, self.hue(step)
        state = step.report.state if step.report else "ok"
        dash = "" if state == "ok" else ' stroke-dasharray="4 3"'
        stroke = look.bad if state == "broken" else look.line(hue)
        yield (
            f'<rect width="{number(width)}" height="{HEIGHT:g}" rx="{ROUND:g}"'
            f' fill="{_ground(step, look)}" stroke="{stroke}"{dash}/>'
        )
        yield (
            f'<path d="M{ROUND:g} 0H6V{HEIGHT:g}H{ROUND:g}A{ROUND:g} {ROUND:g} 0 0 1 0'
            f' {HEIGHT - ROUND:g}V{ROUND:g}A{ROUND:g} {ROUND:g} 0 0 1 {ROUND:g} 0Z" fill="{hue}"/>'
        )
        yield from self.words(step, given, width)

    def words(self, step: Step, given: Columns, width: float) -> Iterator[str]:
        """Write what stands on a bar."""
        look, y, x = self.look, HEIGHT / 2 + 4.5, PAD + 4
        costs = sum(w + BETWEEN * 2 for w in (given.shape, given.weights) if w)
        room = width - PAD - costs - _marks(step) - x
        pens = (Write(NAME, look.ink, 650), Write(SMALL, self.hue(step), 600), _values(look))
        said, used = line(pens, (step.name, _op(step), step.values), room)
        yield f'<text x="{number(x)}" y="{number(y)}">{said}</text>'
        x += used + BETWEEN
        for mark in step.marks:
            yield from self.mark(mark, x)
            x += _mark(mark)
        right = width - PAD
        yield Write(12, look.dim, anchor="end").at(right, y, weights_of(step))
        right -= given.weights + BETWEEN * 2 if given.weights else 0
        yield Write(SMALL, look.ink, 500, "end").at(right, y, shape_of(step))

    def mark(self, text: str, x: float) -> Iterator[str]:
        """Draw a small word in a frame."""
        look, width = self.look, _mark(text) - 6
        hue = look.accent if text.startswith(TIMES) else look.dim
        yield (
            f'<rect x="{number(x)}" y="{HEIGHT / 2 - 9:g}" width="{number(width)}" height="18"'
            f' rx="9" fill="{look.soft(hue)}" stroke="{look.line(hue)}" stroke-width="0.8"/>'
        )
        pen = Write(MARK, hue, 600, "middle")
        yield pen.at(x + width / 2, HEIGHT / 2 + 4, text)

    def cards(self, width: float, height: float, hue: str) -> Iterator[str]:
        """Draw the cards that lie behind what is repeated."""
        for far in (2 * STACK, STACK):
            yield (
                f'<rect x="{number(far * 1.2)}" y="{number(far)}" rx="{ROUND:g}"'
                f' width="{number(width - far * 2.4)}" height="{number(height)}"'
                f' fill="{self.look.card}" stroke="{self.look.line(hue)}"/>'
            )

    def hue(self, step: Step) -> str:
        """Return the colour of a node's group."""
        if step.kind == "block":
            return self.look.block
        return self.look.groups.get(self.groups.get(step.what, ""), self.look.dim)


def _ground(step: Step, look: Paint) -> str:
    return look.soft(look.block) if step.kind == "block" else look.card


def _values(look: Paint) -> Write:
    return Write(SMALL, look.dim)


def _op(step: Step) -> str:
    """Return the op, unless the name says it already."""
    return "" if step.what == step.name else step.what


def _words(step: Step) -> float:
    name = width_of(step.name, NAME, bold=True)
    op = width_of(_op(step), SMALL, bold=True) + BETWEEN if _op(step) else 0
    return name + op + width_of(step.values, SMALL) + 2 * BETWEEN


def _marks(step: Step) -> float:
    return sum(_mark(mark) for mark in step.marks)


def _mark(text: str) -> float:
    return width_of(text, MARK, bold=True) + 16 + 6
