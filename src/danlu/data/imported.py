"""Imported: a file that became a typed Parquet part; what could not be read is named by line.

Everything streams through DuckDB: memory does not grow with the file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import duckdb
from pydantic import Field

from danlu.catalog import Catalog
from danlu.data.dataset import Column, Schema
from danlu.data.durable import replace_file
from danlu.data.part import Part
from danlu.data.progress import Progress, Report
from danlu.data.raw import Raw, receive
from danlu.data.reading import connect
from danlu.data.sources.base import BYTES, Source
from danlu.errors import DanluError, DataError, StorageError, TooLargeError, nearest
from danlu.params import Params

MEMORY_MB, PICTURES_MB = 400, 600
"""For all files, and more when cells are files themselves."""
READ_FROM, READ_TO = 0.05, 0.85
"""Shares of the work: before it comes looking at the file, after it the profile."""
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


class How(Params):
    """What a person says of a file."""

    time: str | None = None
    """The time column."""
    kinds: Mapping[str, str] = Field(default_factory=dict)
    """Kinds that are given, not detected."""
    accept_rejects: bool = False
    """Whether to go on when more than 5 % of the rows cannot be read."""


AS_FOUND = How()


def import_file(
    source: Path, folder: Path, *, schema: Schema | None = None, how: How = AS_FOUND,
    report: Report | None = None,
) -> Imported:  # fmt: skip
    """Import a file as ``folder/part.parquet`` (and ``folder/rejects.jsonl``).

    With ``schema`` it continues a dataset: its columns must fit. Otherwise kinds are detected.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".import-", dir=folder) as temp:
            work = Path(temp)
            raw = receive(source, work)
            with connect(folder=work / "spill", memory_mb=MEMORY_MB) as db, _told(db, report):
                part = Part(db, _opened(raw, db), work)
                found = _written(part, schema, how)
                part.refuse(accept_rejects=how.accept_rejects)
            return _keep(part, folder, found)
    except (duckdb.Error, OSError) as error:
        raise _translated(error, source) from error


def _told(db: duckdb.DuckDBPyConnection, report: Report | None) -> AbstractContextManager[object]:
    """Report how far the reading is, to whoever wants to know."""
    if report is None:
        return nullcontext()
    return Progress(db, report, "reading", low=READ_FROM, high=READ_TO)


def _opened(raw: Raw, db: duckdb.DuckDBPyConnection) -> Source:
    opened = _SOURCES.get(raw.form).open(raw, db)
    most = MEMORY_MB + len(opened.columns) // 5
    most += PICTURES_MB if any(c.type == BYTES for c in opened.columns) else 0
    db.execute(f"SET memory_limit = '{most}MB'")
    return opened


def _written(part: Part, schema: Schema | None, how: How) -> Schema:
    """Write the part by the schema of the dataset, or find one."""
    if schema is not None:
        part.write(_matched(part.source, schema))
        return schema
    _check_time(part.source, how.time)
    found = Schema(columns=part.settle(part.detect(how.kinds), how.kinds), time=how.time)
    check_time_kind(found)
    return found


def _keep(part: Part, folder: Path, schema: Schema) -> Imported:
    """Move part and rejects to where they belong."""
    final, rejects = folder / "part.parquet", folder / "rejects.jsonl"
    rejects.unlink(missing_ok=True)
    if part.rejected:
        temp = part.path.with_name("rejects.jsonl")
        with temp.open("w", encoding="utf-8") as file:
            file.writelines(reject.model_dump_json() + "\n" for reject in part.rejects())
        replace_file(temp, rejects)
    replace_file(part.path, final)
    return Imported(
        schema_=schema, parquet=final, rows=part.rows, rejected=part.rejected,
        rejects=rejects if part.rejected else None, source_sha256=part.source.raw.sha256,
        dialect=part.source.dialect,
    )  # fmt: skip


def _check_time(source: Source, time: str | None) -> None:
    names = [c.name for c in source.columns]
    if time is not None and time not in names:
        raise DataError(f"no time column '{time}'", code="column_missing",
                        where=source.raw.where, do=nearest(time, names), column=time)  # fmt: skip


def check_time_kind(schema: Schema) -> None:
    """Refuse a time column that is neither dates nor numbers."""
    if schema.time is None or schema.column(schema.time).kind in ("datetime", "number"):
        return
    kind = schema.column(schema.time).kind
    raise DataError(
        f"time column '{schema.time}' is a {kind}", code="time_kind", column=schema.time,
        do="Name a column of dates or numbers, or write its dates as 2013-01-31 17:30.",
    )  # fmt: skip


def _matched(source: Source, schema: Schema) -> list[Column]:
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


def _translated(error: duckdb.Error | OSError, source: Path) -> DanluError:
    """Say what a failure of the engine or the disk means."""
    first, where = str(error).splitlines()[0], f"file '{source.name}'"
    if isinstance(error, OSError) or "No space left" in first:
        return StorageError("the disk is full or failing", where=where, reason=first,
                            do="Free some space, then import it again.")  # fmt: skip
    if isinstance(error, duckdb.OutOfMemoryException):
        return TooLargeError(
            "its rows are too wide for the memory of an import", where=where, reason=first,
            code="too_wide", do="Keep fewer or shorter columns.",
        )  # fmt: skip
    return DataError("the file cannot be read", code="unreadable", where=where, reason=first,
                     do="Check that it is what its name says.")  # fmt: skip
