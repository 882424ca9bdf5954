"""Pictures: a network in a terminal: its drawing, and a table of what every node costs."""

from __future__ import annotations

import locale
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from danlu.cli import output
from danlu.cli.session import late

if TYPE_CHECKING:
    from danlu.network.drawing.outline import Scope
    from danlu.network.graph import Network

LONGEST = 200  # nodes that are drawn beside the table
PIPED = 160  # columns where nobody looks
HEADS = ("node", "op", "values", "in", "out", "parameters", "MACs", "bytes")
CUT = ("values", "in")


def picture(network: Network, found: Mapping[str, Any] | None) -> None:
    """Print the drawing where somebody looks at it, then every node, then the totals."""
    reports = read(found["nodes"]) if found else {}
    scope: Scope = late("danlu.network.drawing.outline:outline")(network, reports)
    output.say(f"{network.name}  hash {network.hash[:12]}")
    if output.out.is_terminal and scope.total() <= LONGEST:
        width = min(output.out.width, 120)
        lines = late("danlu.network.drawing.lines:text")(
            network, reports, width=width, plain=is_plain()
        )
        output.say(f"\n{lines}\n")
    table(scope, sized=found is not None)
    if found:
        totals = found["totals"]
        output.say(
            f"{totals['parameters']:,} parameters, {totals['macs']:,} multiply-adds and"
            f" {totals['activation_bytes']:,} bytes of activations a row"
        )


def read(nodes: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the reports of an answer into records, leaving out what is computed from the rest."""
    report = late("danlu.network.laws.analysis:NodeReport")
    return {
        name: report.model_validate({k: v for k, v in one.items() if k in report.model_fields})
        for name, one in nodes.items()
    }


def table(scope: Scope, *, sized: bool) -> None:
    """Print a line per node; what is long is cut, figures never."""
    heads = HEADS if sized else HEADS[:4]
    cells = [row[: len(heads)] for row in rows(scope)]
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for at, head in enumerate(heads):
        side: Literal["left", "right"] = "right" if head in HEADS[5:] else "left"
        least = None if head in CUT else max([len(head), *(cell_len(c[at]) for c in cells)])
        grid.add_column(head, justify=side, no_wrap=True, overflow="ellipsis", min_width=least)
    for row in cells:
        grid.add_row(*map(Text, row))
    output.out.print(grid, width=None if output.out.is_terminal else PIPED)


def rows(scope: Scope, depth: int = 0) -> Iterator[tuple[str, ...]]:
    """Return a row per node, those of a block below it and indented."""
    short = late("danlu.network.drawing.outline:short")
    for step in scope.steps:
        if step.kind not in ("op", "block"):
            continue
        report = step.report
        said = "  ".join([*([step.values] if step.values else []), *step.marks])
        costs: tuple[str, ...] = ("-", "-", "-", "-")
        if report is not None:
            because = f" ({report.because_of})" if report.because_of else ""
            shown = report.shape or f"{report.state}{because}"
            figures = (report.macs, report.activation_bytes)
            costs = (shown, f"{report.parameters:,}", *(short(n) for n in figures))
        yield ("  " * depth + step.name, step.what, said, ", ".join(step.sources), *costs)
        if step.inner is not None:
            yield from rows(step.inner, depth + 1)


def is_plain() -> bool:
    """Whether this terminal has no more than ASCII letters."""
    encoding = (sys.stdout.encoding or locale.getpreferredencoding()).lower()
    return "utf" not in encoding
