"""Rows: JSON rows become a table, with a warning for everything odd and an error for what is wrong.

The serving schema is not the training schema: every column may be missing, the target is not
asked for, and columns nobody needs are counted, not refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from danlu.data.dataset import Column, Table
from danlu.data.kinds.base import named
from danlu.errors import DataError

SHOWN = 10
"""Most names listed in one warning."""
Warnings = list[dict[str, Any]]


def table_of(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[Column]
) -> tuple[Table, Warnings]:
    """Read rows by the kinds of ``columns``; a missing value is missing, an extra one counted.

    >>> table, warnings = table_of([{"n": 1, "x": 2}], [Column(name="n", kind="number")])
    >>> table["n"].tolist(), [w["code"] for w in warnings]
    ([1.0], ['extra_columns'])
    """
    table = {}
    for column in columns:
        name = column.name
        values = [row.get(name) for row in rows]
        try:
            table[name] = column.type.array(values, column.style)
        except ValueError:
            raise _wrong(values, column) from None
    return table, _odd(rows, frozenset(c.name for c in columns))


def _wrong(values: Sequence[Any], column: Column) -> DataError:
    """Find the first cell that cannot be read."""
    for row, value in enumerate(values):
        try:
            column.type.parse(value, column.style)
        except ValueError as reason:
            return DataError(
                f"column '{column.name}' takes {named(column.kind)}, but {reason}",
                code="wrong_type", where=f"row {row}", row=row, column=column.name,
                do=f"Send {named(column.kind)}, or null when there is none.",
            )  # fmt: skip
    raise AssertionError(f"{column.type.__name__}.array and .parse disagree")


def _odd(rows: Sequence[Mapping[str, Any]], names: frozenset[str]) -> Warnings:
    warnings: Warnings = []
    for number, row in enumerate(rows):
        if row.keys() == names:
            continue
        for code, odd in (
            ("missing_columns", names - row.keys()), ("extra_columns", row.keys() - names)
        ):  # fmt: skip
            if odd:
                shown = sorted(map(str, odd))[:SHOWN]
                warnings.append(
                    {"row": number, "column": shown[0], "code": code, "columns": shown,
                     "count": len(odd)}
                )  # fmt: skip
    return warnings
