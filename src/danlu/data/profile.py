"""Profile: what the values of each column look like, computed by DuckDB over all parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from danlu.data.dataset import Column, Schema
from danlu.data.reading import connect, equip, name_sql

BINS = 20
TOP = 20
POINTS = (0.05, 0.25, 0.5, 0.75, 0.95)
EXACT_ROWS = 200_000
"""Up to so many rows distinct values are counted exactly, beyond within a few percent."""
AT_ONCE = 50
"""Columns of one query."""
_Json = dict[str, Any]


def profile(
    parts: Sequence[Path], schema: Schema, told: Callable[[float], object] = lambda _share: None
) -> _Json:
    """Describe every column: ``{"rows", "columns": {name: {"kind", "missing", "distinct", ...}}}``.

    Numbers and datetimes add mean (numbers), quantiles and a histogram; booleans and categories
    the commonest values, images the commonest forms and sizes. ``told`` hears which share of the
    columns is done.
    """
    with connect(memory_mb=512) as db:
        equip(db, schema.columns)
        scan = _Scan(db, [str(path) for path in parts])
        columns: _Json = {}
        for at in range(0, len(schema.columns), AT_ONCE):
            columns |= scan.describe(schema.columns[at : at + AT_ONCE])
            told(len(columns) / len(schema.columns))
        return {"rows": scan.rows, "columns": columns}


class _Scan:
    """The parts of one dataset, open for questions."""

    def __init__(self, db: duckdb.DuckDBPyConnection, parts: list[str]) -> None:
        self._db, self._parts = db, parts
        (self.rows,) = self._row("count(*)") if parts else (0,)

    def _row(self, select: str) -> tuple[Any, ...]:
        query = f"SELECT {select} FROM read_parquet(?)"
        return self._db.execute(query, [self._parts]).fetchone() or ()

    def describe(self, columns: Sequence[Column]) -> _Json:
        """Count, then cut ranges into bins, then list the commonest values."""
        if not self.rows:
            return {c.name: {"kind": c.kind, "missing": 0, "distinct": 0} for c in columns}
        found = self._counts(columns)
        ranges = [c for c in columns if c.type.stored in _RANGED and "low" in found[c.name]]
        for name, (edges, counts) in self._histograms(ranges, found).items():
            found[name]["histogram"] = {"edges": edges, "counts": counts}
        for column in columns:
            entry = found[column.name]
            if column.type.listed_by:
                entry["top"] = self._top(column)
            entry |= _shown(column, entry)
        return found

    def _counts(self, columns: Sequence[Column]) -> _Json:
        distinct = (
            "count(DISTINCT {0})" if self.rows <= EXACT_ROWS else "approx_count_distinct({0})"
        )
        asked: list[str] = []
        for column in columns:
            value = value_sql(column)
            asked += [f"count({value})", distinct.format(value)]
            if column.type.stored in _RANGED:
                asked += [f"avg({value})", f"stddev_pop({value})", f"min({value})", f"max({value})",
                          f"approx_quantile({value}, {list(POINTS)})"]  # fmt: skip
        answers = iter(self._row(", ".join(asked)))
        return {c.name: self._entry(c, answers) for c in columns}

    def _entry(self, column: Column, answers: Any) -> _Json:
        known, distinct = next(answers), next(answers)
        distinct = min(distinct, known)  # an estimate may lie beyond
        entry: _Json = {"kind": column.kind, "missing": self.rows - known, "distinct": distinct}
        if column.type.stored not in _RANGED:
            return entry
        found = dict(zip(("mean", "std", "low", "high", "middle"), answers, strict=False))
        if known:
            entry |= found
        return entry

    def _histograms(
        self, columns: Sequence[Column], found: _Json
    ) -> dict[str, tuple[list[float], list[int]]]:
        """Cut each range into bins of equal width."""
        if not columns:
            return {}
        edges = {c.name: _edges(found[c.name]) for c in columns}
        asked = []
        for c in columns:
            low, width = edges[c.name][0], (edges[c.name][-1] - edges[c.name][0]) / BINS
            asked.append(bins_sql(c, low, width, BINS))
        return {
            c.name: (edges[c.name], [counts.get(i, 0) for i in range(BINS)])
            for c, counts in zip(columns, self._row(", ".join(asked)), strict=True)
        }

    def _top(self, column: Column) -> list[list[Any]]:
        label, name = label_sql(column), name_sql(column.name)
        query = (
            f"SELECT {label}, count(*) FROM read_parquet(?) WHERE {name} IS NOT NULL "
            f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {TOP}"
        )
        return [list(row) for row in self._db.execute(query, [self._parts]).fetchall()]


_RANGED = ("DOUBLE", "TIMESTAMP")


def label_sql(column: Column) -> str:
    """Return SQL for what the commonest values are listed by."""
    return column.type.listed_by.format(name_sql(column.name))


def value_sql(column: Column) -> str:
    """Return SQL for the value; moments as seconds since 1970."""
    name = name_sql(column.name)
    return f"epoch({name})" if column.type.stored == "TIMESTAMP" else name


def bins_sql(column: Column, low: float, width: float, bins: int) -> str:
    """Return SQL that counts by bins of equal width; what lies outside is in the outermost."""
    value = value_sql(column)
    place = f"least(greatest(floor(({value} - {low!r}) / {width!r}), 0), {bins - 1})"
    return f"histogram(({place})::INTEGER) FILTER ({value} IS NOT NULL)"


def _edges(entry: _Json) -> list[float]:
    """Return BINS + 1 edges; a single value gets a range of its own.

    A few values far off do not stretch the bins: the outermost hold what lies beyond.
    """
    low, high, (first, *_, last) = entry["low"], entry["high"], entry["middle"]
    usual = last - first
    if usual > 0:
        low, high = max(low, first - usual), min(high, last + usual)
    room = 0.0 if high > low else max(abs(low), 1.0) * 0.5
    return [float(e) for e in np.linspace(low - room, high + room, BINS + 1)]


def _shown(column: Column, entry: _Json) -> _Json:
    """Return the ranged part of an entry as it is shown; moments as ISO text."""
    low, high = entry.pop("low", None), entry.pop("high", None)
    middle = entry.pop("middle", ())
    if low is None:
        return {}
    quantiles = dict(zip(("0", *map(str, POINTS), "1"), (low, *middle, high), strict=True))
    if column.type.stored != "TIMESTAMP":
        return {"quantiles": quantiles}
    entry.pop("mean"), entry.pop("std")
    histogram = entry["histogram"]
    return {
        "quantiles": {point: _iso(value) for point, value in quantiles.items()},
        "histogram": {**histogram, "edges": [_iso(edge) for edge in histogram["edges"]]},
    }


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat(timespec="seconds")
