"""Drift: how far the rows of one version lie from those of another, column by column."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from danlu.data.dataset import Column, Schema
from danlu.data.profile import bins_sql, label_sql
from danlu.data.reading import connect, equip, name_sql
from danlu.data.stability import psi
from danlu.params import Params

Json = dict[str, Any]
LABELS = 20
"""Labels that are compared one by one; the others count as one."""
NEW = 5
"""Labels never seen before that are named."""


class DriftArgs(Params):
    """Two sets of rows of one dataset."""

    before: tuple[Path, ...]
    profile: Json
    """Of ``before``: its bins are used for both."""
    after: tuple[Path, ...]
    schema_: Json
    """The columns that both have, of the same kind."""


def run(args: Json, report: Callable[[Json], object]) -> Json:
    """Compare: ``{"rows", "columns": [{"column", "psi", "before", "after", ...}]}``."""
    del report
    asked = DriftArgs.model_validate(args)
    schema = Schema.model_validate(asked.schema_)
    with connect(memory_mb=512) as db:
        equip(db, schema.columns)
        pair = _Pair(db, [str(p) for p in asked.before], [str(p) for p in asked.after])
        found = [pair.compare(c, asked.profile["columns"].get(c.name, {})) for c in schema.columns]
    known = [entry for entry in found if entry is not None]
    return {"rows": pair.rows, "columns": sorted(known, key=lambda entry: -entry["psi"])}


class _Pair:
    """Two sets of rows, open for questions."""

    def __init__(self, db: duckdb.DuckDBPyConnection, before: list[str], after: list[str]) -> None:
        self._db, self._before, self._after = db, before, after
        ((self.rows,),) = self._ask("SELECT count(*) FROM read_parquet($after)")
        ((self._rows_before,),) = self._ask("SELECT count(*) FROM read_parquet($before)")

    def _ask(self, query: str, **given: Any) -> list[tuple[Any, ...]]:
        known = {"before": self._before, "after": self._after}
        named = {name: files for name, files in known.items() if f"${name}" in query}
        return self._db.execute(query, {**named, **given}).fetchall()

    def compare(self, column: Column, profile: Json) -> Json | None:
        """Compare one column; None when there is nothing to compare it by."""
        if not self.rows or not self._rows_before:
            return None
        if profile.get("histogram"):
            found = self._binned(column, profile["histogram"])
        elif profile.get("top"):
            found = self._labelled(column, profile)
        else:
            return None
        name, gone = name_sql(column.name), int(profile["missing"])
        ((missing,),) = self._ask(
            f"SELECT count(*) FILTER ({name} IS NULL) FROM read_parquet($after)"
        )
        index = psi([*found["before"], gone], [*found["after"], missing])
        return {
            "column": column.name, "kind": column.kind, "psi": round(index, 4),
            "missing": missing / self.rows, "missing_before": gone / self._rows_before, **found,
        }  # fmt: skip

    def _binned(self, column: Column, histogram: Json) -> Json:
        """Count over the bins of before; what lies beyond is in the outermost."""
        edges, counts = histogram["edges"], histogram["counts"]
        low, high = _seconds(edges[0]), _seconds(edges[-1])
        bins = bins_sql(column, low, (high - low) / len(counts) or 1.0, len(counts))
        ((held,),) = self._ask(f"SELECT {bins} FROM read_parquet($after)")
        after = [(held or {}).get(i, 0) for i in range(len(counts))]
        return {"edges": edges, "before": counts, "after": after}

    def _labelled(self, column: Column, profile: Json) -> Json:
        """Count the commonest labels of before, all others together, and what is new."""
        name, labels = label_sql(column), [label for label, _ in profile["top"][:LABELS]]
        counts = dict(
            self._ask(
                f"SELECT {name}, count(*) FROM read_parquet($after) "
                f"WHERE list_contains($labels, {name}) GROUP BY 1",
                labels=labels,
            )
        )
        ((known,),) = self._ask(f"SELECT count({name}) FROM read_parquet($after)")
        before = [count for _, count in profile["top"][:LABELS]]
        after = [counts.get(label, 0) for label in labels]
        others = self._rows_before - int(profile["missing"]) - sum(before)
        return {
            "labels": labels, "before": [*before, max(0, others)],
            "after": [*after, max(0, known - sum(after))], "new": self._new(name),
        }  # fmt: skip

    def _new(self, name: str) -> Json:
        """Name the labels that before does not have, and count their rows."""
        found = self._ask(
            f"SELECT {name} AS label, count(*) AS rows FROM read_parquet($after) "
            f"WHERE {name} IS NOT NULL AND {name} NOT IN (SELECT DISTINCT {name} "
            f"FROM read_parquet($before) WHERE {name} IS NOT NULL) GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        return {
            "labels": [str(label) for label, _ in found[:NEW]], "count": len(found),
            "share": sum(rows for _, rows in found) / self.rows,
        }  # fmt: skip


def _seconds(edge: float | str) -> float:
    """Return the edge of a bin as it is stored: a number, or seconds since 1970 UTC."""
    if isinstance(edge, str):
        return datetime.fromisoformat(edge + "+00:00").timestamp()
    return float(edge)
