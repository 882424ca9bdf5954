"""Lines: a network as text for a terminal: one line per node, edges as lanes on the left.

Lanes are read like those of a version history: a value runs down its lane until its last reader.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from danlu.network.drawing.outline import TIMES, Reports, Scope, Step, outline, short
from danlu.network.graph import Network

PLAIN = str.maketrans({
    "│": "|", "─": "-", "╭": ",", "╮": ".", "╰": "`", "╯": "'", "├": "+", "┤": "+", "┬": "+",
    "┴": "+", "┼": "+", "●": "*", "○": "o", "◎": "@", "▣": "#", "┆": ":", "→": ">", "…": ".",
    TIMES: "x", "·": "-",
})  # fmt: skip
SIGNS = {"input": "○", "op": "●", "block": "▣", "output": "◎"}
NARROWEST = 40


def text(
    network: Network, reports: Reports | None = None, *, width: int = 100, plain: bool = False
) -> str:
    """Draw a network in lines of at most ``width`` columns; ``plain`` = in ASCII.

    >>> dense, add = ({"op": "dense", "in": {"x": "t"}}, {"op": "add", "in": {"xs": ["t", "a"]}})
    >>> net = Network.model_validate(
    ...     {"inputs": {"t": {}}, "nodes": {"a": dense, "sum": add}, "outputs": {"y": "sum"}})
    >>> print(text(net))
    ○    t
    ├─╮
    │ ●  a  dense
    ├─╯
    ●    sum  add
    ◎    y
    """
    lines = list(_lines(outline(network, reports), ""))
    gutter = min(max((columns(line.gutter) for line in lines), default=0), width // 2)
    shapes = max((columns(line.shape) for line in lines), default=0)
    costs = max((columns(line.cost) for line in lines), default=0)
    right = shapes + costs + 4 if shapes else 0
    room = max(width, NARROWEST) - gutter - right - 2
    shown = "\n".join(_set(line, (gutter, room, shapes, costs)) for line in lines)
    return shown.translate(PLAIN) if plain else shown


class Line(NamedTuple):
    """One line: lanes, words, and what comes out."""

    gutter: str
    words: str = ""
    shape: str = ""
    cost: str = ""


def columns(said: str) -> int:
    """Return how many columns of a terminal a text takes.

    >>> columns("丹炉 ok")
    7
    """
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in said)
    return len(said) + wide - sum(unicodedata.combining(c) > 0 for c in said)


def fitted(said: str, room: int) -> str:
    """Return a text cut and filled to exactly ``room`` columns.

    >>> fitted("丹炉", 3), fitted("ab", 3)
    ('丹…', 'ab ')
    """
    if columns(said) > room:
        while said and columns(said) > room - 1:
            said = said[:-1]
        said += "…"
    return said + " " * (room - columns(said))


def _set(line: Line, widths: tuple[int, int, int, int]) -> str:
    gutter, room, shapes, costs = widths
    said = f"{fitted(line.gutter, gutter)}  {fitted(line.words, room)}"
    if shapes:
        said += f"  {line.shape:>{shapes}}  {line.cost:>{costs}}"
    return said.rstrip()


def _lines(scope: Scope, before: str) -> Iterator[Line]:
    """Write the steps of a scope; ``before`` is what runs down on their left."""
    lanes = _Lanes(scope)
    for step in scope.steps:
        for row in lanes.take(step):
            yield Line(before + row)
        hidden = step.kind == "output" and before
        if not hidden:
            yield _line(step, before + lanes.row(step))
        if step.inner is not None:
            yield from _lines(step.inner, f"{before}{lanes.beside(step)}┆ ")
        lanes.leave(step)


def _line(step: Step, gutter: str) -> Line:
    op = "" if step.what == step.name else step.what
    marks = [m if m.startswith(TIMES) else f"[{m}]" for m in step.marks]
    words = "  ".join(w for w in (step.name.removeprefix("→"), op, step.values, *marks) if w)
    report = step.report
    if report is None:
        return Line(gutter, words)
    shape = report.shape.replace("x", TIMES) or report.state
    return Line(gutter, words, shape, short(report.parameters) if report.parameters else "")


class _Lanes:
    """The values that still have readers, each in its column."""

    def __init__(self, scope: Scope) -> None:
        self.waiting: dict[str, int] = {s.name: 0 for s in scope.steps}
        for source, _ in scope.edges():
            self.waiting[source] += 1
        self.lanes: list[str] = []  # the value in each column; "" = free
        self.at = 0

    def take(self, step: Step) -> Iterator[str]:
        """Bring the values that a step reads to its column, in at most one line."""
        read = [s for s in step.sources if s in self.lanes]
        for source in read:
            self.waiting[source] -= 1
        given = sorted(self.lanes.index(s) for s in read)
        ending = [c for c in given if not self.waiting[self.lanes[c]]]
        self.at = ending[0] if ending else self._free()
        if given and given != [self.at]:
            yield self._join(given, set(ending))
        for column in ending:
            self.lanes[column] = ""
        self._trim()
        self.lanes += [""] * (self.at + 1 - len(self.lanes))
        self.lanes[self.at] = step.name

    def leave(self, step: Step) -> None:
        """Close the lane of a value that nobody reads."""
        if not self.waiting[step.name]:
            self.lanes[self.lanes.index(step.name)] = ""
        self._trim()

    def row(self, step: Step) -> str:
        """Return the lanes beside a step, and its sign."""
        cells = ["│" if name else " " for name in self.lanes]
        cells[self.at] = SIGNS[step.kind]
        return " ".join(cells)

    def beside(self, step: Step) -> str:
        """Return the lanes that pass by what is inside a step."""
        return "".join("│ " if name and name != step.name else "  " for name in self.lanes)

    def _trim(self) -> None:
        while self.lanes and not self.lanes[-1]:
            self.lanes.pop()

    def _free(self) -> int:
        return self.lanes.index("") if "" in self.lanes else len(self.lanes)

    def _join(self, given: list[int], ending: set[int]) -> str:
        """Return the line that leads the given columns to the one of the step."""
        low, high = min(*given, self.at), max(*given, self.at)
        cells: list[str] = []
        for column in range(max(len(self.lanes), high + 1)):
            busy = column < len(self.lanes) and bool(self.lanes[column])
            passes = busy and column not in given and column != self.at
            goes_on = busy and column not in ending
            sides = (low < column <= high, low <= column < high)
            corner = _CORNERS[busy, goes_on or column == self.at, *sides]
            cells.append(("┼" if low < column < high else "│") if passes else corner)
            cells.append("─" if low <= column < high else " ")
        return "".join(cells).rstrip()


_CORNERS = {
    (bool(up), bool(down), bool(left), bool(right)): sign
    for (up, down, left, right), sign in {
        (1, 1, 0, 0): "│", (0, 0, 1, 1): "─", (1, 1, 0, 1): "├", (1, 1, 1, 0): "┤",
        (1, 1, 1, 1): "┼", (0, 1, 1, 1): "┬", (1, 0, 1, 1): "┴", (0, 1, 0, 1): "╭",
        (0, 1, 1, 0): "╮", (1, 0, 0, 1): "╰", (1, 0, 1, 0): "╯", (0, 0, 0, 0): " ",
    }.items()
}  # fmt: skip
"""By whether a line leaves upwards, downwards, to the left and to the right."""
