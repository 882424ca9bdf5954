"""Retype: the kinds of columns corrected by hand; every part is read anew by them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from danlu.data.dataset import Column, Schema, as_said
from danlu.data.detect import DOUBT, SAMPLE
from danlu.data.imported import READ_TO, How, Imported, check_time_kind, import_file
from danlu.data.profile import profile
from danlu.data.reading import connect, name_sql
from danlu.data.sources.base import BYTES
from danlu.errors import DataError
from danlu.params import Params

Json = dict[str, Any]
Report = Callable[[Json], object]


class RetypeArgs(Params):
    """Which columns of which parts become what."""

    parts: tuple[Path, ...]
    names: tuple[str, ...]
    """What a person calls each part."""
    folder: Path
    schema_: Schema = Field(alias="schema")
    kinds: dict[str, str]
    time: str | None = None
    accept_rejects: bool = False


def run(args: Json, report: Report) -> Json:
    """Read every part anew: ``{"schema", "parts": [Imported], "profile"}``."""
    asked = RetypeArgs.model_validate(args)
    schema = corrected(asked.schema_, asked.kinds, time=asked.time, parts=asked.parts)
    check_time_kind(schema)
    found: list[Imported] = []
    for i, part in enumerate(asked.parts):
        report({"kind": "reading", "share": READ_TO * i / len(asked.parts)})
        found.append(_again(part, asked, i, schema))
    _refuse(found, asked)
    report({"kind": "profiling", "share": READ_TO, "rows": sum(one.rows for one in found)})
    return {
        "schema": schema.model_dump(mode="json"),
        "parts": [one.model_dump(mode="json") for one in found],
        "profile": profile([one.parquet for one in found], schema),
    }  # fmt: skip


def corrected(
    schema: Schema, kinds: Mapping[str, str], *, time: str | None, parts: Sequence[Path]
) -> Schema:
    """Return the schema with other kinds, their style found by looking at the values."""
    for name in (*kinds, *([time] if time else [])):
        schema.column(name, where="the dataset")
    columns = [
        c if c.is_as(kinds.get(c.name, c.kind)) else _as(c, kinds[c.name], parts)
        for c in schema.columns
    ]
    chosen = schema.time if time is None else time or None
    if tuple(columns) == schema.columns and chosen == schema.time:
        raise DataError(
            "the columns are of these kinds already", code="kinds_same", columns=sorted(kinds),
            do="Name a column and the kind it should have.",
        )  # fmt: skip
    return Schema(columns=tuple(columns), time=chosen)


def _as(column: Column, said: str, parts: Sequence[Path]) -> Column:
    chosen, name = as_said(column.name, said), name_sql(column.name)
    if chosen.style:
        return chosen
    text = f"to_base64({name})" if column.type.stored == BYTES else f"{name}::VARCHAR"
    with connect(memory_mb=256) as db:
        found = db.execute(
            f"SELECT DISTINCT {text} FROM read_parquet(?) WHERE {name} IS NOT NULL LIMIT {SAMPLE}",
            [[str(part) for part in parts]],
        ).fetchall()
    sample = [text for (text,) in found]
    return chosen.model_copy(update={"style": chosen.type.style_of(sample)})


def _again(part: Path, asked: RetypeArgs, i: int, schema: Schema) -> Imported:
    """Read one part anew; too many rejects are judged over all parts together."""
    try:
        return import_file(part, asked.folder / str(i), schema=schema, how=How(accept_rejects=True))
    except DataError as error:  # not one row is left
        if error.code != "too_many_rejects":
            raise
        shown = _shown(error.values["first"])
        where = f"part '{asked.names[i]}', {shown}"
        rows = int(error.values["rows"])
        raise _unread(asked, rows, of=rows, where=where) from error


def _refuse(found: Sequence[Imported], asked: RetypeArgs) -> None:
    """Stop when too many values do not read as the kinds that were given."""
    rejected = sum(one.rejected for one in found)
    total = rejected + sum(one.rows for one in found)
    if not asked.accept_rejects and rejected > DOUBT * total:
        raise _unread(asked, rejected, of=total, where=_first(found))


def _unread(asked: RetypeArgs, rejected: int, *, of: int, where: str) -> DataError:
    kinds = ", ".join(f"'{name}' as {kind}" for name, kind in sorted(asked.kinds.items()))
    do = "Choose another kind" + (", or accept that they are left out." if rejected < of else ".")
    return DataError(
        f"{rejected:,} of {of:,} rows cannot be read with {kinds}", code="kinds_unread",
        where=where, do=do, rejected=rejected, rows=of, kinds=asked.kinds,
    )  # fmt: skip


def _first(found: Sequence[Imported]) -> str:
    """Show the first values that cannot be read."""
    for one in found:
        if one.rejects is not None:
            with one.rejects.open(encoding="utf-8") as lines:
                return _shown([json.loads(line) for _, line in zip(range(3), lines, strict=False)])
    return ""


def _shown(rejects: Sequence[Json]) -> str:
    return "; ".join(f"row {r['line']}: '{r['text']}' is {r['reason']}" for r in rejects)
