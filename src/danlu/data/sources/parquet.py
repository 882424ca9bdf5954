"""Parquet: typed columns; simple types keep theirs, nested ones become JSON text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import duckdb

from danlu.data.raw import Raw
from danlu.data.sources.base import BYTES, RawColumn, Reject, Source, checked, literal
from danlu.errors import DataError

_NESTED = ("STRUCT", "MAP", "UNION")
_FILE = "STRUCT(bytes BLOB"
"""How other tools keep a file in a cell: its bytes, beside a path."""


class Parquet(Source):
    """A Parquet file."""

    form: ClassVar[str] = "parquet"

    def __init__(
        self, raw: Raw, columns: tuple[RawColumn, ...], found: Sequence[tuple[str, str]]
    ) -> None:
        self.raw, self.columns = raw, columns
        self._names, self._types = zip(*found, strict=True)
        self.dialect = {"form": "parquet", "compression": raw.compression}

    @classmethod
    def open(cls, raw: Raw, db: duckdb.DuckDBPyConnection) -> Parquet:
        """Read the schema."""
        try:
            found = db.execute(f"DESCRIBE SELECT * FROM read_parquet({_path(raw)})").fetchall()
        except duckdb.Error as error:
            raise DataError(
                "the Parquet file is damaged", code="parquet_damaged", where=raw.where,
                do="Write or copy it again.", reason=str(error).splitlines()[0],
            ) from error  # fmt: skip
        names = [row[0] for row in found]
        columns = tuple(
            RawColumn(name=c.name, type=BYTES if row[1].startswith(_FILE) else row[1])
            for c, row in zip(checked(names, raw), found, strict=True)
        )
        return cls(raw, columns, [(row[0], row[1]) for row in found])

    def relation(self, *, numbered: bool = False) -> str:
        """Rename the columns; whole floats lose their ".0" only when they become labels."""
        values = ", ".join(
            _value(name, kind) + f" AS c{i}"
            for i, (name, kind) in enumerate(zip(self._names, self._types, strict=True))
        )
        if numbered:
            values += ", file_row_number + 1 AS row"
        return f"(SELECT {values} FROM {_scan(self.raw)})"

    def broken(self, db: duckdb.DuckDBPyConnection) -> tuple[int, list[Reject]]:  # noqa: ARG002
        """None: a damaged file fails as a whole."""
        return 0, []

    def lines(self, rows: Sequence[int]) -> list[int]:
        """Rows are numbered from 1."""
        return list(rows)


def _path(raw: Raw) -> str:
    return literal(str(raw.path))


def _scan(raw: Raw) -> str:
    return f"read_parquet({_path(raw)}, file_row_number=true)"


def _value(name: str, kind: str) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    if kind.startswith(_FILE):
        return f"{quoted}.bytes"
    return f"to_json({quoted})" if kind.endswith("]") or kind.startswith(_NESTED) else quoted
