"""Parquet: typed columns; simple types keep theirs, nested ones become JSON text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import duckdb

from danlu.data.raw import Raw
from danlu.data.sources.base import RawColumn, Reject, Source, checked, literal
from danlu.errors import DataError

_NESTED = ("STRUCT", "MAP", "UNION")


class Parquet(Source):
    """A Parquet file."""

    form: ClassVar[str] = "parquet"

    def __init__(self, raw: Raw, columns: tuple[RawColumn, ...], names: Sequence[str]) -> None:
        self.raw, self.columns, self._names = raw, columns, tuple(names)
        self.dialect = {"form": "parquet", "compression": raw.compression}

    @classmethod
    def open(cls, raw: Raw, db: duckdb.DuckDBPyConnection) -> Parquet:
        """Read the schema; bytes are refused."""
        try:
            found = db.execute(f"DESCRIBE SELECT * FROM read_parquet({_path(raw)})").fetchall()
        except duckdb.Error as error:
            raise DataError(
                "the Parquet file is damaged", code="parquet_damaged", where=raw.where,
                do="Write or copy it again.", reason=str(error).splitlines()[0],
            ) from error  # fmt: skip
        for name, kind, *_ in found:
            if kind == "BLOB":
                raise DataError(
                    f"column '{name}' holds raw bytes", code="column_unreadable",
                    where=raw.where, do="Leave the column out, or write it as text.", column=name,
                )  # fmt: skip
        names = [row[0] for row in found]
        columns = tuple(
            RawColumn(name=c.name, type=row[1])
            for c, row in zip(checked(names, raw), found, strict=True)
        )
        return cls(raw, columns, names)

    def relation(self, *, numbered: bool = False) -> str:
        """Rename the columns; whole floats lose their ".0" only when they become labels."""
        values = ", ".join(
            _value(name, c.type) + f" AS c{i}"
            for i, (name, c) in enumerate(zip(self._names, self.columns, strict=True))
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
    return f"to_json({quoted})" if kind.endswith("]") or kind.startswith(_NESTED) else quoted
