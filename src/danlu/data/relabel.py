"""Relabel: values of one column set by hand, row by row; other parts stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from pydantic import Field

from danlu.data.dataset import Column, Schema
from danlu.data.profile import profile
from danlu.data.reading import connect, name_sql
from danlu.data.sources.base import literal
from danlu.errors import DataError
from danlu.params import Params

Json = dict[str, Any]
Report = Callable[[Json], object]
READ_TO = 0.6
LABELS = ("number", "category", "boolean")
"""Kinds that can be learnt, so whose values somebody may correct."""


class RelabelArgs(Params):
    """Which rows of which parts get what value."""

    parts: tuple[Path, ...]
    rows: tuple[int, ...]
    """Of each part."""
    folder: Path
    schema_: Schema = Field(alias="schema")
    column: str
    labels: tuple[tuple[int, Any], ...]
    """Row (from 0, over all parts in order) and its value; None = no value."""


def run(args: Json, report: Report) -> Json:
    """Rewrite: ``{"parts": {place: file}, "changes": [{"row", "was", "now"}], "profile"}``."""
    asked = RelabelArgs.model_validate(args)
    column = asked.schema_.column(asked.column, where="the dataset")
    if column.kind not in LABELS:
        raise DataError(
            f"a {column.kind} column holds no labels", code="not_labels",
            where=f"column '{column.name}'", column=column.name, kind=column.kind,
            do="Choose a number, category or boolean column.",
        )  # fmt: skip
    values = _read(asked.labels, column, sum(asked.rows))
    starts = np.concatenate([[0], np.cumsum(asked.rows)])
    files, changes = list(asked.parts), []
    written: dict[str, str] = {}
    with connect(folder=asked.folder, memory_mb=1024) as db:
        for place, part in enumerate(asked.parts):
            report({"kind": "reading", "share": READ_TO * place / len(asked.parts)})
            first, end = int(starts[place]), int(starts[place + 1])
            inside = {row - first: now for row, now in values.items() if first <= row < end}
            to = asked.folder / f"{place}.parquet"
            moved = _rewrite(db, part, to, column=column, names=asked.schema_.names, values=inside)
            if moved:
                files[place], written[str(place)] = to, str(to)
                changes += [{"row": first + row, "was": was, "now": now} for row, was, now in moved]
    if not changes:
        raise DataError(
            "these rows have these values already", code="labels_same",
            where=f"column '{asked.column}'", do="Name rows whose value is another.",
        )  # fmt: skip
    report({"kind": "profiling", "share": READ_TO, "rows": sum(asked.rows)})
    return {"parts": written, "changes": changes, "profile": profile(files, asked.schema_)}


def _read(labels: Sequence[tuple[int, Any]], column: Column, rows: int) -> dict[int, Any]:
    """Read the values by the column's kind; refuse what it cannot hold, and rows that are not."""
    found = {}
    for row, value in labels:
        if not 0 <= row < rows:
            raise DataError(
                f"there is no row {row}", code="row_unknown", where=f"{rows} rows, counted from 0",
                do="Name a row that is there.", row=row, rows=rows,
            )  # fmt: skip
        try:
            found[row] = column.type.parse(value, column.style)
        except ValueError as reason:
            raise DataError(
                f"column '{column.name}' takes a {column.kind}, but {reason}", code="wrong_type",
                where=f"row {row}", row=row, column=column.name,
                do=f"Give a {column.kind}, or null for no value.",
            ) from None  # fmt: skip
    return found


def _rewrite(
    db: duckdb.DuckDBPyConnection, part: Path, to: Path, *, column: Column,
    names: Sequence[str], values: dict[int, Any],
) -> list[tuple[int, Any, Any]]:  # fmt: skip
    """Write the part with other values, in its order; return what changed: row, was, is."""
    if not values:
        return []
    name, row = name_sql(column.name), name_sql(_free("row", names))
    db.execute(f"CREATE OR REPLACE TEMP TABLE news (place BIGINT, now {column.type.stored})")
    db.executemany("INSERT INTO news VALUES (?, ?)", [[at, now] for at, now in values.items()])
    both = (
        f"(SELECT *, row_number() OVER () - 1 AS {row} FROM read_parquet({literal(str(part))})) p "
        f"LEFT JOIN news ON p.{row} = news.place"
    )
    moved = db.execute(
        f"SELECT p.{row}, p.{name}, news.now FROM {both} "
        f"WHERE news.place IS NOT NULL AND p.{name} IS DISTINCT FROM news.now ORDER BY 1"
    ).fetchall()
    if moved:
        new = f"CASE WHEN news.place IS NULL THEN p.{name} ELSE news.now END AS {name}"
        shown = [new if other == column.name else f"p.{name_sql(other)}" for other in names]
        db.execute(
            f"COPY (SELECT {', '.join(shown)} FROM {both} ORDER BY p.{row}) TO "
            f"{literal(str(to))} (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd)"
        )
    return moved


def _free(word: str, names: Sequence[str]) -> str:
    """Return a name that no column has; DuckDB does not tell case apart."""
    taken = {name.lower() for name in names}
    while word in taken:
        word += "_"
    return word
