"""Output: how the command line speaks: tables for people, JSON for programs, errors to stderr."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from danlu.errors import DanluError

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def plain(value: Any) -> Any:
    """Turn records, and lists of them, into JSON values."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, Mapping):
        return {k: plain(v) for k, v in value.items()}
    return value


def as_json(value: Any) -> None:
    """Print one JSON document, whole and alone on stdout."""
    sys.stdout.write(json.dumps(plain(value), ensure_ascii=False, indent=2) + "\n")


def table(rows: Iterable[Sequence[Any]], *columns: str, empty: str = "nothing yet") -> None:
    """Print rows under headings, or one line that says what to do when there are none."""
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        grid.add_row(*(cell(v) for v in row))
    if grid.row_count:
        out.print(grid)
    else:
        out.print(empty, markup=False)


def cell(value: Any) -> str:
    """Show one value briefly: four digits of a float, a dash for nothing."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def when(stamp: float | None) -> str:
    """Show a time stamp in local time."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(stamp)) if stamp else "-"


def say(text: str) -> None:
    """Print one line of the answer."""
    out.print(text, markup=False, soft_wrap=True)


def note(text: str) -> None:
    """Print one line beside the answer."""
    err.print(text, markup=False, soft_wrap=True, style="dim")


def problem(error: DanluError) -> None:
    """Print what, where and what to do."""
    err.print(f"error: {error.what}", markup=False, soft_wrap=True, style="red")
    if error.where:
        err.print(f"  where: {error.where}", markup=False, soft_wrap=True)
    if error.do:
        err.print(f"  do: {error.do}", markup=False, soft_wrap=True)
