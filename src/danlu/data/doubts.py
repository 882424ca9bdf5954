"""Doubts: what in a dataset deserves a second look: repeated rows, odd values, useless columns."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from danlu.data.dataset import Column, Schema
from danlu.data.kinds.category import LIMIT
from danlu.data.profile import value_sql
from danlu.data.reading import connect, name_sql
from danlu.params import Params

Json = dict[str, Any]
SHOWN = 5
FAR = 6.0
"""Distances between the quartiles beyond which a number is far from all others."""
FEW = 0.01
"""A larger share of rows far off is a long tail, not doubtful."""
SEVERAL = 0.002
"""Share of the rows from which one far value that repeats looks like a code for "missing"."""
MOSTLY = 0.5
UNIQUE = 0.9
FEWEST_ROWS = 50
_PLACEHOLDERS = ("1970-01-01", "1900-01-01", "1899-12-30", "0001-01-01", "9999-12-31")


class DoubtArgs(Params):
    """The rows of one version, with their profile."""

    parts: tuple[Path, ...]
    schema_: Json
    profile: Json
    now: float
    """What counts as the future."""


def run(args: Json, report: Callable[[Json], object]) -> Json:
    """Look: ``{"duplicates": {...}, "doubts": [{"code", "column", "args"}]}``."""
    del report
    asked = DoubtArgs.model_validate(args)
    schema = Schema.model_validate(asked.schema_)
    with connect(memory_mb=1024) as db:
        look = _Look(db, [str(p) for p in asked.parts], asked)
        found = [
            {"code": code, "column": c.name, "args": said}
            for c in schema.columns
            for code, said in look.at(c)
        ]
        return {"duplicates": look.duplicates(schema.columns), "doubts": found}


class _Look:
    """The rows, open for questions."""

    def __init__(self, db: duckdb.DuckDBPyConnection, parts: list[str], asked: DoubtArgs) -> None:
        self._db, self._parts, self._asked = db, parts, asked
        self.rows = int(asked.profile.get("rows", 0))

    def _ask(self, query: str, *given: Any) -> list[tuple[Any, ...]]:
        return self._db.execute(query, [self._parts, *given]).fetchall()

    def duplicates(self, columns: Sequence[Column]) -> Json:
        """Count rows that repeat an earlier one in every column, and show where the most are."""
        names = ", ".join(name_sql(c.name) for c in columns)
        hashed = f"SELECT hash({names}) AS h FROM read_parquet(?)"
        ((count,),) = self._ask(f"SELECT count(*) - count(DISTINCT h) FROM ({hashed})")
        if not count:
            return {"rows": 0, "examples": []}
        numbered = f"SELECT h, row_number() OVER () AS row FROM ({hashed})"
        examples = self._ask(
            f"SELECT count(*), list_slice(list(row ORDER BY row), 1, 3) FROM ({numbered}) "
            f"GROUP BY h HAVING count(*) > 1 ORDER BY 1 DESC, min(row) LIMIT {SHOWN}"
        )
        return {"rows": count, "examples": [{"times": n, "at": rows} for n, rows in examples]}

    def at(self, column: Column) -> Iterator[tuple[str, Json]]:
        """Say what is odd about one column: code and particulars."""
        profile = self._asked.profile.get("columns", {}).get(column.name, {})
        known = self.rows - int(profile.get("missing", 0))
        if not self.rows or not profile:
            return
        if not known:
            yield "empty", {}
            return
        if known < MOSTLY * self.rows:
            yield "mostly_missing", {"share": 1 - known / self.rows}
        if profile.get("distinct") == 1:
            yield "constant", {}
            return
        look = {"number": self._number, "datetime": self._moment, "category": self._labels}
        if column.kind in look:
            yield from look[column.kind](column, profile, known)

    def _number(self, column: Column, profile: Json, known: int) -> Iterator[tuple[str, Json]]:
        q = {point: float(value) for point, value in profile.get("quantiles", {}).items()}
        if not q or q["0.75"] <= q["0.25"]:
            return
        low, high = _fences(q)
        if q["0"] >= low and q["1"] <= high:
            return
        value = value_sql(column)
        far = self._ask(
            f"SELECT {value}, count(*) FROM read_parquet(?) WHERE {value} < ? OR {value} > ? "
            "GROUP BY 1 ORDER BY 2 DESC, 1", low, high,
        )  # fmt: skip
        codes = [(v, n) for v, n in far if n >= max(3, SEVERAL * known)]
        for v, n in codes[:1]:
            yield "code_for_missing", {"value": v, "rows": n}
        rest = [(v, n) for v, n in far if (v, n) not in codes]
        rows = sum(n for _, n in rest)
        if rest and rows <= FEW * known:
            shown = sorted((v for v, _ in rest), key=lambda v: -abs(v - q["0.5"]))[:SHOWN]
            args = {"rows": rows, "values": shown, "low": q["0.05"], "high": q["0.95"]}
            yield "far_off", args

    def _moment(self, column: Column, profile: Json, known: int) -> Iterator[tuple[str, Json]]:
        del profile, known
        name = name_sql(column.name)
        now = datetime.fromtimestamp(self._asked.now, UTC).replace(tzinfo=None)
        days = ", ".join(f"'{day}'" for day in _PLACEHOLDERS)
        ((future, latest, placeholders, day),) = self._ask(
            f"SELECT count(*) FILTER ({name} > $2), max({name}), "
            f"count(*) FILTER ({name}::DATE::VARCHAR IN ({days})), "
            f"mode({name}::DATE::VARCHAR) FILTER ({name}::DATE::VARCHAR IN ({days})) "
            "FROM read_parquet($1)", now,
        )  # fmt: skip
        if placeholders:
            yield "placeholder_day", {"value": day, "rows": placeholders}
        if future:
            yield "future", {"rows": future, "value": latest.isoformat(sep=" ")[:19]}

    def _labels(self, column: Column, profile: Json, known: int) -> Iterator[tuple[str, Json]]:
        distinct = int(profile.get("distinct", 0))
        if known >= FEWEST_ROWS and distinct > UNIQUE * known:
            yield "like_an_id", {"distinct": distinct}
            return
        if distinct > LIMIT:
            yield "many_labels", {"distinct": distinct, "limit": LIMIT}
        name = name_sql(column.name)
        counted = f"SELECT {name} AS label, count(*) AS n FROM read_parquet(?) GROUP BY 1"
        key = r"lower(regexp_replace(nfc_normalize(label), '[\s_.\-]+', '', 'g'))"
        groups = self._ask(
            f"SELECT list_slice(list(label ORDER BY n DESC, label), 1, 4), sum(n) - max(n) "
            f"FROM ({counted}) WHERE label IS NOT NULL GROUP BY {key} HAVING count(*) > 1 "
            "ORDER BY 2 DESC, 1"
        )
        if groups:
            rows = int(sum(n for _, n in groups))
            shown = [labels for labels, _ in groups[:SHOWN]]
            yield "spelling", {"groups": len(groups), "labels": shown, "rows": rows}


def _fences(q: dict[str, float]) -> tuple[float, float]:
    """Return the range outside which a number is doubtful; wide on a side with a long tail.

    >>> _fences({"0": 1.0, "0.25": 10.0, "0.5": 12.0, "0.75": 14.0, "1": 999.0})[0]
    -14.0
    """
    room = FAR * (q["0.75"] - q["0.25"])
    low, high = q["0.25"] - room, q["0.75"] + room
    if q["0"] >= 0:  # amounts often have a long tail: judge that side by orders of magnitude too
        scale = math.log1p(q["0.75"]) - math.log1p(q["0.25"])
        high = max(high, math.expm1(min(math.log1p(q["0.75"]) + FAR / 2 * scale, 700.0)))
    return low, high
