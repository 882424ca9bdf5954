"""Data jobs: importing a file, and reading rows; run in a worker, which alone opens uploads."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import Field

from danlu.data.dataset import Schema, rows_of
from danlu.data.imported import READ_TO, How, import_file
from danlu.data.profile import profile
from danlu.data.reading import read, search
from danlu.errors import DataError, NotFoundError
from danlu.params import Params

Json = dict[str, Any]
Report = Callable[[Json], object]


class ImportArgs(Params):
    """What to import, and how."""

    source: Path
    folder: Path
    """Where part and rejects go."""
    schema_: Schema | None = Field(None, alias="schema")
    """Given when the dataset has earlier parts."""
    time: str | None = None
    kinds: dict[str, str] = Field(default_factory=dict)
    accept_rejects: bool = False
    before: tuple[Path, ...] = ()
    """Earlier parts of the dataset; the profile covers them too."""


class RowsArgs(Params):
    """Which rows of a dataset to read."""

    parts: tuple[Path, ...]
    schema_: Schema = Field(alias="schema")
    limit: int = Field(50, ge=0)
    offset: int = Field(0, ge=0)
    holds: str = ""
    """Only rows in which some cell holds this text, whatever the case."""
    column: str | None = None
    """Only that of this column; None = any."""
    short: bool = False
    """Long texts cut, pictures as thumbnails."""


class CellArgs(Params):
    """Which cell of a dataset to read."""

    parts: tuple[Path, ...]
    schema_: Schema = Field(alias="schema")
    column: str
    row: int = Field(ge=0)


def run(args: Json, report: Report) -> Json:
    """Import a file: ``{"imported": Imported, "profile": profile of all parts}``."""
    asked = ImportArgs.model_validate(args)
    report({"kind": "looking", "share": 0.0, "bytes": _size(asked.source)})
    how = How(time=asked.time, kinds=asked.kinds, accept_rejects=asked.accept_rejects)
    found = import_file(asked.source, asked.folder, schema=asked.schema_, how=how, report=report)
    report({"kind": "profiling", "share": READ_TO, "rows": found.rows, "rejected": found.rejected})
    parts = [*asked.before, found.parquet]
    described = profile(parts, found.schema_, lambda share: _profiling(report, share))
    return {"imported": found.model_dump(mode="json"), "profile": described}


def rows(args: Json, report: Report) -> Json:  # noqa: ARG001  # the form of every job
    """Read some rows: ``{"rows": [...]}``, and with ``holds`` how many hold it: ``count``."""
    asked = RowsArgs.model_validate(args)
    parts, schema, limit, offset = asked.parts, asked.schema_, asked.limit, asked.offset
    if not asked.holds:
        table = read(parts, schema, limit=limit, offset=offset)
        return {"rows": rows_of(table, schema.columns, short=asked.short)}
    inside = schema.columns if asked.column is None else (schema.column(asked.column),)
    table, count = search(parts, schema, asked.holds, inside=inside, limit=limit, offset=offset)
    return {"rows": rows_of(table, schema.columns, short=asked.short), "count": count}


def cell(args: Json, report: Report) -> Json:  # noqa: ARG001
    """Read one cell that is a file: ``{"base64": ...}``, or None where it is missing."""
    asked = CellArgs.model_validate(args)
    column = asked.schema_.column(asked.column)
    if column.type.stored != "BLOB":
        raise DataError(
            f"column '{column.name}' holds no pictures", code="not_pictures", column=column.name,
            where="the columns of the dataset", do="Read its rows instead.",
        )  # fmt: skip
    table = read(asked.parts, asked.schema_, [column.name], limit=1, offset=asked.row)
    values = table[column.name].tolist()
    if not values:
        raise NotFoundError(
            f"there is no row {asked.row}", kind="row", do="Rows are numbered from 0."
        )
    return {"base64": None if values[0] is None else base64.b64encode(values[0]).decode()}


def _profiling(report: Report, share: float) -> None:
    report({"kind": "profiling", "share": READ_TO + (1 - READ_TO) * share})


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
