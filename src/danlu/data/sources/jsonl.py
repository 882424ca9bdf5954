"""JSON lines: one object a line; nested values are kept as JSON text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import duckdb

from danlu.data.raw import Raw
from danlu.data.sources.base import (
    LISTED,
    MAX_COLUMNS,
    TEXT,
    RawColumn,
    Reject,
    Source,
    checked,
    literal,
)
from danlu.errors import DataError

_LINE = 1 << 24


class Jsonl(Source):
    """A file of JSON objects; its columns are all keys that occur."""

    form: ClassVar[str] = "jsonl"

    def __init__(self, raw: Raw, columns: tuple[RawColumn, ...]) -> None:
        self.raw, self.columns = raw, columns
        self.dialect = {"form": "jsonl", "encoding": raw.encoding, "compression": raw.compression}

    @classmethod
    def open(cls, raw: Raw, db: duckdb.DuckDBPyConnection) -> Jsonl:
        """Collect the keys of all objects, in order of appearance."""
        found = db.execute(
            "SELECT key FROM (SELECT unnest(json_keys(line)) AS key, row "
            f"FROM {_lines(raw)} WHERE {_GOOD}) GROUP BY key ORDER BY min(row), any_value(key) "
            f"LIMIT {MAX_COLUMNS + 1}"
        ).fetchall()
        if not found:
            raise DataError(
                "no line is a JSON object", code="not_a_table", where=raw.where,
                do='Write one object a line: {"column": value, ...}.',
            )  # fmt: skip
        first = db.execute(f"SELECT json_keys(line) FROM {_lines(raw)} WHERE {_GOOD} LIMIT 1")
        order: list[str] = (first.fetchone() or [[]])[0]
        names = [*order, *(key for (key,) in found if key not in order)]
        return cls(raw, checked(names, raw))

    def relation(self, *, numbered: bool = False) -> str:
        """Take every object apart once."""
        shape = ", ".join(f'{_json(c.name)}: "VARCHAR"' for c in self.columns)
        values = ", ".join(
            f"o[{literal(c.name)}] AS c{i}" for i, c in enumerate(self.columns)
        )  # fmt: skip
        row = ", row" if numbered else ""
        return (
            f"(SELECT {values}{row} FROM (SELECT json_transform(line, {literal('{' + shape + '}')})"
            f" AS o{row} FROM {_lines(self.raw, numbered=numbered)} WHERE {_GOOD}))"
        )

    def broken(self, db: duckdb.DuckDBPyConnection) -> tuple[int, list[Reject]]:
        """List the lines that are no JSON object."""
        bad = f"{_lines(self.raw)} WHERE line IS NOT NULL AND NOT ({_GOOD})"
        count = db.execute(f"SELECT count(*) FROM {bad}").fetchone() or (0,)
        if not count[0]:
            return 0, []
        found = db.execute(f"SELECT row, left(line, {TEXT}) FROM {bad} LIMIT {LISTED}").fetchall()
        return count[0], [
            Reject(line=row, column=None, reason="not a JSON object", text=text, code="not_json")
            for row, text in found
        ]

    def lines(self, rows: Sequence[int]) -> list[int]:
        """Rows are lines."""
        return list(rows)


_GOOD = (
    "(CASE WHEN line IS NOT NULL AND json_valid(line) THEN json_type(line) = 'OBJECT' "
    "ELSE false END)"
)


def _lines(raw: Raw, *, numbered: bool = True) -> str:
    """Return the relation of the lines as text: a CSV of one column, split by nothing."""
    scan = (
        f"read_csv({literal(str(raw.path))}, auto_detect=false, header=false, delim='\x01', "
        f"quote='', escape='', columns={{'line': 'VARCHAR'}}, max_line_size={_LINE})"
    )
    return f"(SELECT line, row_number() OVER () AS row FROM {scan})" if numbered else scan


def _json(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
