"""Part: the Parquet file an import writes, and the rejects found on the way.

The common case costs one pass: cells are read by a cheap cast, and comparing counts proves that
none was lost. Only columns where counts differ are read the thorough way, cell by cell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import duckdb

from danlu.data.dataset import Column
from danlu.data.detect import DOUBT, SAMPLE, bad_sql, guess, recheck, text_sql, value_sql
from danlu.data.kinds.base import named
from danlu.data.reading import equip, name_sql
from danlu.data.sources.base import LISTED, TEXT, Reject, Source, literal
from danlu.errors import DataError

CELLS = 20_000_000
"""Cells of one row group: wide tables get short ones, so that memory stays flat."""


class Part:
    """The part of one import; ``columns`` stand in the order of the source's raw columns."""

    def __init__(self, db: duckdb.DuckDBPyConnection, source: Source, work: Path) -> None:
        self.db, self.source = db, source
        self.path = work / "part.parquet"
        self.columns: tuple[Column, ...] = ()
        self.rows = self.rejected = 0
        self._broken: list[Reject] = []
        self._bad: list[tuple[int, int, str]] = []  # (row, place of the column, text of the cell)

    def detect(self, kinds: Mapping[str, str]) -> tuple[Column, ...]:
        """Guess from the first rows, write, and guess anew what the other rows belie."""
        columns = guess(self.db, self.source, kinds)
        self.write(columns)
        doubted: dict[int, list[str]] = {}
        for _, i, text in self._bad:
            if columns[i].name not in kinds:
                doubted.setdefault(i, []).append(text)
        better = recheck(self.db, self.source, columns, doubted)
        if better != columns:
            self.write(better)
        return better

    def settle(self, columns: Sequence[Column], kinds: Mapping[str, str]) -> tuple[Column, ...]:
        """Turn ids that repeat in the whole file into categories (they are stored alike)."""
        ids = [c for c in columns if c.kind == "id" and c.name not in kinds]
        if not ids:
            return tuple(columns)
        counts = ", ".join(f"approx_count_distinct({name_sql(c.name)})" for c in ids)
        found = self._row(f"SELECT {counts} FROM {self._parquet}")
        repeated = {c.name for c, n in zip(ids, found, strict=True) if n < 0.9 * self.rows}
        return tuple(
            c.model_copy(update={"kind": "category"}) if c.name in repeated else c for c in columns
        )

    def write(self, columns: Sequence[Column]) -> None:
        """Write the rows whose every cell can be read."""
        self.columns = tuple(columns)
        equip(self.db, columns)
        thorough = set(self._unread(f"(FROM {self.source.relation()} LIMIT {SAMPLE})"))
        self._copy(thorough, without=())
        broken, self._broken = self.source.broken(self.db)
        total, lost = self._compare()
        self._bad = self._bad_cells(lost) if lost else []
        bad = {i for _, i, _ in self._bad}
        if bad or not thorough.issuperset(lost):
            self._copy(thorough | set(lost), without=sorted(bad))
        (self.rows,) = self._row(f"SELECT count(*) FROM {self._parquet}")
        self.rejected = broken + total - self.rows

    @property
    def _parquet(self) -> str:
        return f"read_parquet({literal(str(self.path))})"

    def _row(self, query: str) -> tuple[int, ...]:
        return self.db.execute(query).fetchone() or ()

    def _unread(self, sample: str) -> list[int]:
        """Return the columns of which the cheap cast does not read every cell of a sample."""
        cheap = ", ".join(
            f"count({text_sql(raw, i)}) - count({value_sql(c, raw, i, fast=True)})"
            for i, (c, raw) in enumerate(zip(self.columns, self.source.columns, strict=True))
        )
        return [i for i, n in enumerate(self._row(f"SELECT {cheap} FROM {sample}")) if n]

    def _copy(self, thorough: Collection[int], *, without: Sequence[int]) -> None:
        """Write the part without rows that have a bad cell in the columns ``without``."""
        pairs = list(enumerate(zip(self.columns, self.source.columns, strict=True)))
        values = ", ".join(
            f"{value_sql(c, raw, i, fast=i not in thorough)} AS {name_sql(c.name)}"
            for i, (c, raw) in pairs
        )
        bad = [f"coalesce({bad_sql(*pairs[i][1], i)}, false)" for i in without]
        good = f"WHERE NOT ({' OR '.join(bad)})" if bad else ""
        group = min(122_880, max(2048, CELLS // len(pairs)))
        self.db.execute(
            f"COPY (SELECT {values} FROM {self.source.relation()} {good}) TO "
            f"{literal(str(self.path))} (FORMAT parquet, PARQUET_VERSION v2, "
            f"COMPRESSION zstd, ROW_GROUP_SIZE {group}, PRESERVE_ORDER true)"
        )

    def _compare(self) -> tuple[int, list[int]]:
        """Return the rows of the source, and the columns that lost cells on the way."""
        texts = ", ".join(f"count({text_sql(r, i)})" for i, r in enumerate(self.source.columns))
        names = ", ".join(f"count({name_sql(c.name)})" for c in self.columns)
        total, *there = self._row(f"SELECT count(*), {texts} FROM {self.source.relation()}")
        kept = self._row(f"SELECT {names} FROM {self._parquet}")
        pairs = zip(self.columns, there, kept, strict=True)
        lost = [i for i, (c, a, b) in enumerate(pairs) if a != b and c.type.stored != "VARCHAR"]
        return total, lost

    def _bad_cells(self, lost: Sequence[int]) -> list[tuple[int, int, str]]:
        raws = self.source.columns
        cells = ", ".join(
            f"CASE WHEN {bad_sql(self.columns[i], raws[i], i)} "
            f"THEN {{'c': {i}, 't': left({text_sql(raws[i], i)}, {TEXT})}} END"
            for i in lost
        )
        rows = f"SELECT row, unnest([{cells}]) AS cell FROM {self.source.relation(numbered=True)}"
        return self.db.execute(
            f"SELECT row, cell.c, cell.t FROM ({rows}) WHERE cell IS NOT NULL LIMIT {LISTED}"
        ).fetchall()

    def refuse(self, *, accept_rejects: bool) -> None:
        """Stop when nothing, or (unless accepted) too little, could be read."""
        total = self.rows + self.rejected
        if self.rows and (accept_rejects or self.rejected <= DOUBT * total):
            return
        if not total:
            raise DataError(
                "there is a header, but no row", code="no_rows",
                where=self.source.raw.where, do="Export it again with rows.",
            )  # fmt: skip
        first = self.rejects()[:3]
        shown = "; ".join(f"line {r.line}: {r.reason}" for r in first)
        raise DataError(
            f"{self.rejected:,} of {total:,} rows cannot be read", code="too_many_rejects",
            where=f"{self.source.raw.where}, {shown}",
            do="Correct the file or the kinds of its columns"
            + (", or accept the rejects." if self.rows else "."),
            rejected=self.rejected, rows=total, first=[r.model_dump() for r in first],
            columns=self._unread_columns(),
        )  # fmt: skip

    def _unread_columns(self) -> list[dict[str, str | int]]:
        """Say of which columns how many cells cannot be read, the worst first."""
        counts = Counter(i for _, i, _ in self._bad)
        return [
            {"column": self.columns[i].name, "kind": self.columns[i].kind, "cells": n}
            for i, n in counts.most_common(20)
        ]

    def rejects(self) -> list[Reject]:
        """List what was rejected, in order of lines."""
        lines = self.source.lines([row for row, _, _ in self._bad])
        cells = [
            Reject(
                line=line, column=self.columns[i].name, text=text,
                reason=f"not {named(self.columns[i].kind)}", code="not_kind",
                args={"kind": self.columns[i].kind},
            )
            for line, (_, i, text) in zip(lines, self._bad, strict=True)
        ]  # fmt: skip
        return sorted([*self._broken, *cells], key=lambda r: r.line)
