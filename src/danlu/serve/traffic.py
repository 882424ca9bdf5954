"""Traffic of a deployment over time, read from its minutes; the odd inputs by column."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import Any

from danlu.serve.log_file import Connection, SqliteError, failure, open_reader
from danlu.serve.log_reader import LogReader, source_of
from danlu.serve.log_traffic import READ, REFUSALS, Row, series, summed

LOOKED_AT = 1000
"""Newest predictions whose warnings are told by column."""
MOST_POINTS = 720
KNOWS_MINUTES = "SELECT 1 FROM sqlite_master WHERE name = 'minute'"
Json = dict[str, Any]


def traffic(
    reader: LogReader, deployment: str, *, now: float, seconds: float, points: int = 60
) -> Json:
    """Say how much was asked in the last ``seconds``, how fast it was answered, and what was odd.

    ``{"since", "until", "total", "series", "models", "refusals", "warnings", "looked_at"}``:
    ``total`` and each step of ``series`` hold requests, rows, warned, errors and p50, p95, p99 in
    milliseconds; ``models`` the same of every model, those in the shadow too.
    """
    first, last = int(now - seconds) // 60, int(now) // 60
    minutes, refusals = _minutes(reader, deployment, first)
    given = [row for row in minutes if not row[2]]
    models = {(row[1], bool(row[2])): None for row in minutes}
    recent = reader.recent(deployment, LOOKED_AT)
    odd = Counter((w.get("code"), w.get("column")) for p in recent for w in p.warnings)
    return {
        "since": first * 60, "until": now, "total": summed(given),
        "series": series(given, first=first, last=last, points=min(points, MOST_POINTS)),
        "models": [
            {
                "model": model, "shadow": shadow,
                **summed([r for r in minutes if r[1] == model and bool(r[2]) == shadow]),
            }
            for model, shadow in models
        ],
        "refusals": [{"code": code, "requests": count} for code, count in refusals],
        "warnings": [
            {"code": code, "column": column, "rows": rows}
            for (code, column), rows in odd.most_common(20)
        ],
        "looked_at": len(recent),
    }  # fmt: skip


def _minutes(reader: LogReader, deployment: str, first: int) -> tuple[list[Row], list[Row]]:
    """Read minutes and refusals; none where there is no log, or one from before it counted."""
    if not reader.path.exists():
        return [], []
    try:
        with closing(open_reader(reader.path)) as connection:
            source = source_of(connection, reader.project, deployment)
            if source is None or connection.execute(KNOWS_MINUTES).fetchone() is None:
                return [], []
            return _all(connection, READ, source, first), _all(connection, REFUSALS, source, first)
    except SqliteError as error:
        raise failure(error, reader.path) from error


def _all(connection: Connection, query: str, source: int, first: int) -> list[Row]:
    return list(connection.execute(query, (source, first)))
