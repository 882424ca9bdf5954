"""Source: one form of file as a DuckDB relation of raw columns c0, c1, ... and its broken rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Self

import duckdb
from pydantic import Field

from danlu.data.raw import Raw
from danlu.errors import DataError, TooLargeError
from danlu.params import Params

MAX_COLUMNS, MAX_MEMBERS = 2000, 1_000_000
BYTES = "BLOB"
"""The SQL type of a column of raw bytes."""
LISTED = 100_000
"""Most rejects that are listed one by one; all are counted."""
TEXT = 200
"""Characters of a rejected cell or row that are kept."""


class RawColumn(Params):
    """A column before it has a kind: its name and the SQL type it comes with."""

    name: str
    type: str = "VARCHAR"
    kind: str = ""
    """Kind by which the source has read its cells already, as they are to be stored."""


class Reject(Params):
    """A row or cell that cannot be read; ``column`` None = the whole row."""

    line: int
    """1-based line of the file; for Parquet the number of the row."""
    column: str | None
    reason: str
    text: str
    code: str = ""
    """The reason for a program, or for another language; with what it is about in ``args``."""
    args: dict[str, str | int] = Field(default_factory=dict)


class Source(ABC):
    """An opened file: what its columns are called and how to select from it."""

    form: ClassVar[str]
    raw: Raw
    columns: tuple[RawColumn, ...]
    dialect: dict[str, str]
    """What was sniffed, to be shown: delimiter, encoding, ..."""

    @classmethod
    @abstractmethod
    def open(cls, raw: Raw, db: duckdb.DuckDBPyConnection) -> Self:
        """Look at the head of the file; DataError when it is no table."""

    @abstractmethod
    def relation(self, *, numbered: bool = False) -> str:
        """Return a SQL relation of c0, c1, ...; ``numbered`` adds the rows' number as ``row``."""

    @abstractmethod
    def broken(self, db: duckdb.DuckDBPyConnection) -> tuple[int, list[Reject]]:
        """Count and list (at most LISTED) rows the relation lacks; read the relation first."""

    @abstractmethod
    def lines(self, rows: Sequence[int]) -> list[int]:
        """Turn values of ``row`` into lines of the file."""


def checked(names: Sequence[str], raw: Raw) -> tuple[RawColumn, ...]:
    """Turn header names into columns; refuse too many, empty and repeated ones."""
    if len(names) > MAX_COLUMNS:
        raise TooLargeError(
            f"{len(names):,} columns are more than the {MAX_COLUMNS:,} Danlu reads",
            code="too_many_columns", where=raw.where, columns=len(names),
            do="Keep the columns that matter, or write one row per measurement (long form).",
        )  # fmt: skip
    trimmed = [name.strip() for name in names]
    seen: dict[str, int] = {}
    for place, name in enumerate(trimmed, start=1):
        if not name:
            raise DataError(
                "a column has no name", code="column_unnamed", where=f"{raw.where}, column {place}",
                do="Name it, or leave it out (pandas: to_csv(index=False)).", column=place,
            )  # fmt: skip
        if name.lower() in seen:
            raise DataError(
                f"two columns are called '{name}'", code="column_repeated",
                where=f"{raw.where}, columns {seen[name.lower()]} and {place}",
                do="Rename one; names that differ only in case count as the same.", column=name,
            )  # fmt: skip
        seen[name.lower()] = place
    return tuple(RawColumn(name=name) for name in trimmed)


def literal(text: str) -> str:
    """Write a text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"
