"""Imported: a file that became a typed Parquet part; what could not be read is named by line.

Everything streams through DuckDB: memory does not grow with the file.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from danlu.catalog import Catalog
from danlu.data.dataset import Column, Schema, connect, name_sql
from danlu.data.detect import DOUBT, bad_sql, guess, recheck, text_sql, value_sql
from danlu.data.durable import replace_file, sync_folder
from danlu.data.raw import receive
from danlu.data.sources.base import TEXT, Reject, Source, literal
from danlu.errors import DataError, nearest
from danlu.params import Params

MEMORY_MB = 400
LISTED = 100_000
"""Most rejected cells that are listed one by one; all are counted."""
CELLS = 20_000_000
"""Cells of one row group: wide tables get short ones, so that memory stays flat."""
_SOURCES: Catalog[Source] = Catalog("danlu.data.sources", Source)  # type: ignore[type-abstract]


class Imported(Params):
    """What came of a file."""

    schema_: Schema
    parquet: Path
    rows: int
    rejected: int
    """Rows left out because they, or a cell of theirs, cannot be read."""
    rejects: Path | None
    """JSONL of ``{"line", "column", "reason", "text"}``; None when nothing was rejected."""
    source_sha256: str
    dialect: dict[str, str]


def import_file(
    source: Path, folder: Path, *, schema: Schema | None = None, time: str | None = None,
    kinds: Mapping[str, str] = {}, accept_rejects: bool = False,
) -> Imported:  # fmt: skip
    """Import a file as ``folder/part.parquet`` (and ``folder/rejects.jsonl``).

    With ``schema`` it continues a dataset: its columns must fit. Otherwise kinds are detected;
    ``kinds`` overrides them and ``time`` names the time column.
    """
    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".import-", dir=folder))
    try:
        raw = receive(source, work)
        with connect(folder=work / "spill", memory_mb=MEMORY_MB) as db:
            opened = _SOURCES.get(raw.form).open(raw, db)
            job = _Import(db, opened, work)
            if schema is None:
                _check_time(opened, time)
                columns = job.detected(kinds)
                found = Schema(columns=job.settled(columns, kinds), time=time)
                _check_time_kind(found)
            else:
                found = schema
                job.write(_matched(opened, schema))
            job.refuse(accept_rejects=accept_rejects)
            return job.keep(folder, found)
    except duckdb.Error as error:
        raise _translated(error, source) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


class _Import:
    """One import under way: the part it writes and the rejects it finds."""

    def __init__(self, db: duckdb.DuckDBPyConnection, source: Source, work: Path) -> None:
        self.db, self.source, self.work = db, source, work
        self.part = work / "part.parquet"
        self.rows = self.bad_rows = 0
        self.broken: list[Reject] = []
        self.bad: list[tuple[int, int, str]] = []
        """(row, index of the raw column, text) of cells that cannot be read."""

    def detected(self, kinds: Mapping[str, str]) -> tuple[Column, ...]:
        """Guess from the first rows, write, and guess anew what the other rows belie."""
        columns = guess(self.db, self.source, kinds)
        self.write(columns)
        wrong = [i for i, n in self._bad_by_column().items() if columns[i].name not in kinds]
        better = recheck(self.db, self.source, columns, wrong) if wrong else columns
        if better != columns:
            self.write(better)
        return better

    def settled(self, columns: Sequence[Column], kinds: Mapping[str, str]) -> tuple[Column, ...]:
        """Decide between category, id and text by every row (they are stored alike)."""
        ids = [c for c in columns if c.kind == "id" and c.name not in kinds]
        if not ids:
            return tuple(columns)
        counts = ", ".join(f"approx_count_distinct({name_sql(c.name)})" for c in ids)
        found = self.db.execute(f"SELECT {counts} FROM {_parquet(self.part)}").fetchone() or ()
        repeated = {c.name for c, n in zip(ids, found, strict=True) if n < 0.9 * self.rows}
        return tuple(
            c.model_copy(update={"kind": "category"}) if c.name in repeated else c for c in columns
        )

    def write(self, columns: Sequence[Column | None]) -> None:
        """Write the rows whose every cell can be read; look for the others only if there are any.

        ``columns`` stand at the place of the raw column they are read from.
        """
        kept = [(i, c) for i, c in enumerate(columns) if c is not None]
        values = ", ".join(
            f"{value_sql(c.type, c.style, self.source.columns[i], i)} AS {name_sql(c.name)}"
            for i, c in kept
        )
        bad = {i: bad_sql(c.type, c.style, self.source.columns[i], i) for i, c in kept}
        bad = {i: sql for i, sql in bad.items() if columns[i].type.stored != "VARCHAR"}  # type: ignore[union-attr]
        good = (
            f"WHERE NOT ({' OR '.join(f'coalesce({b}, false)' for b in bad.values())})"
            if bad
            else ""
        )
        group = min(122_880, max(2048, CELLS // len(kept)))
        self.db.execute(
            f"COPY (SELECT {values} FROM {self.source.relation()} {good}) TO "
            f"{literal(str(self.part))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {group})"
        )
        self.broken = self.source.broken(self.db)
        self.rows = self._count(_parquet(self.part))
        self.bad_rows, self.bad = 0, []
        total = self._count(self.source.relation())
        if total > self.rows:
            self.bad_rows = total - self.rows
            self.bad = self._bad_cells(bad)

    def _count(self, relation: str) -> int:
        row = self.db.execute(f"SELECT count(*) FROM {relation}").fetchone()
        return int(row[0]) if row else 0

    def _bad_cells(self, bad: Mapping[int, str]) -> list[tuple[int, int, str]]:
        cells = ", ".join(
            f"CASE WHEN {sql} THEN {{'c': {i}, 't': left({text_sql(self.source.columns[i], i)}, {TEXT})}} END"
            for i, sql in bad.items()
        )
        query = (
            "SELECT row, cell.c, cell.t FROM (SELECT row, unnest(list_filter(list_value("
            f"{cells}), lambda x: x IS NOT NULL)) AS cell FROM {self.source.relation(numbered=True)}) LIMIT {LISTED}"
        )
        return self.db.execute(query).fetchall()

    def _bad_by_column(self) -> dict[int, int]:
        counts: dict[int, int] = {}
        for _, i, _ in self.bad:
            counts[i] = counts.get(i, 0) + 1
        return counts

    @property
    def rejected(self) -> int:
        """Rows left out."""
        return len(self.broken) + self.bad_rows

    def refuse(self, *, accept_rejects: bool) -> None:
        """Stop when nothing, or (unless accepted) too little, could be read."""
        total = self.rows + self.rejected
        if self.rows and (accept_rejects or self.rejected <= DOUBT * total):
            return
        first = self._rejects()[:3]
        shown = "; ".join(f"line {r.line}: {r.reason}" for r in first)
        raise DataError(
            f"{self.rejected:,} of {total:,} rows cannot be read", code="too_many_rejects",
            where=f"{self.source.raw.where}: {shown}",
            do="Correct the file or the kinds of its columns"
            + (", or accept the rejects." if self.rows else "."),
            rejected=self.rejected, rows=total, first=[r.model_dump() for r in first],
        )  # fmt: skip

    def _rejects(self) -> list[Reject]:
        lines = self.source.lines([row for row, _, _ in self.bad])
        cells = [
            Reject(
                line=line, column=self.source.columns[i].name, reason="cannot be read", text=text
            )
            for line, (_, i, text) in zip(lines, self.bad, strict=True)
        ]
        return sorted([*self.broken, *cells], key=lambda r: r.line)

    def keep(self, folder: Path, schema: Schema) -> Imported:
        """Move part and rejects to where they belong."""
        final, rejects = folder / "part.parquet", folder / "rejects.jsonl"
        rejects.unlink(missing_ok=True)
        found = self._rejects()
        if found:
            kinds = {c.name: c.kind for c in schema.columns}
            temp = self.work / "rejects.jsonl"
            with temp.open("w", encoding="utf-8") as file:
                file.writelines(_named(r, kinds).model_dump_json() + "\n" for r in found)
            replace_file(temp, rejects)
        replace_file(self.part, final)
        sync_folder(folder)
        return Imported(
            schema_=schema, parquet=final, rows=self.rows, rejected=self.rejected,
            rejects=rejects if found else None, source_sha256=self.source.raw.sha256,
            dialect=self.source.dialect,
        )  # fmt: skip


def _named(reject: Reject, kinds: Mapping[str, str]) -> Reject:
    if reject.column is None:
        return reject
    return reject.model_copy(update={"reason": f"not a {kinds[reject.column]}"})


def _parquet(path: Path) -> str:
    return f"read_parquet({literal(str(path))})"


def _check_time(source: Source, time: str | None) -> None:
    names = [c.name for c in source.columns]
    if time is not None and time not in names:
        raise DataError(f"no time column '{time}'", code="column_missing",
                        where=source.raw.where, do=nearest(time, names), column=time)  # fmt: skip


def _check_time_kind(schema: Schema) -> None:
    if schema.time is None or schema.column(schema.time).kind in ("datetime", "number"):
        return
    kind = schema.column(schema.time).kind
    raise DataError(
        f"time column '{schema.time}' is a {kind}", code="time_kind", column=schema.time,
        do="Name a column of dates or numbers, or write its dates as 2013-01-31 17:30.",
    )  # fmt: skip


def _matched(source: Source, schema: Schema) -> list[Column | None]:
    """Give each raw column its schema column; missing and extra ones are named."""
    names = [c.name for c in source.columns]
    missing = [n for n in schema.names if n not in names]
    extra = [n for n in names if n not in schema.names]
    if missing or extra:
        parts = [f"{what} {', '.join(map(repr, some[:10]))}" for what, some in
                 (("missing:", missing), ("unknown:", extra)) if some]  # fmt: skip
        raise DataError(
            "the columns are not those of the dataset: " + "; ".join(parts),
            code="columns_differ", where=source.raw.where, missing=missing, extra=extra,
            do=nearest(missing[0], extra) if missing and extra else "Name the columns alike.",
        )  # fmt: skip
    return [schema.column(n) for n in names]


def _translated(error: duckdb.Error, source: Path) -> Exception:
    first = str(error).splitlines()[0]
    return DataError("the file cannot be read", code="unreadable", where=f"file '{source.name}'",
                     do="Check that it is what its name says.", reason=first)  # fmt: skip
