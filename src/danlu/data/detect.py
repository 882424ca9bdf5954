"""Detect: choose the kind of each column, from a sample first and from every row when in doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from danlu.data import reading
from danlu.data.dataset import KINDS, Column, as_said, kind_class
from danlu.data.kinds.base import MISSING, SPACES
from danlu.data.sources.base import BYTES, RawColumn, Source
from danlu.errors import DataError, nearest

SAMPLE = 1000
CELLS = 200_000
"""Cells of a sample: wide tables are judged by fewer rows first."""
DOUBT = 0.05
"""A column in which more than this share cannot be read is of another kind."""
_QUANTITIES = ("boolean", "datetime", "number")


def guess(
    db: duckdb.DuckDBPyConnection, source: Source, kinds: Mapping[str, str]
) -> tuple[Column, ...]:
    """Choose kinds by the first rows; ``kinds`` are given and stay."""
    names = [c.name for c in source.columns]
    for name, kind in kinds.items():
        if name not in names:
            raise DataError(
                f"no column '{name}' to be {kind}", code="column_missing",
                where=source.raw.where, do=nearest(name, names), column=name,
            )  # fmt: skip
        as_said(name, kind)
    texts = ", ".join(text_sql(c, i) for i, c in enumerate(source.columns))
    most = max(100, min(SAMPLE, CELLS // len(names)))
    rows = db.execute(f"SELECT {texts} FROM {source.relation()} LIMIT {most}").fetchall()
    if not rows:
        raise DataError("there is a header, but no row", code="no_rows", where=source.raw.where,
                        do="Export it again with rows.")  # fmt: skip
    samples = [
        [v for v in column if v is not None and v.strip(SPACES) not in MISSING]
        for column in zip(*rows, strict=True)
    ]
    chosen = [
        _choose(raw.name, sample, kinds.get(raw.name) or raw.kind)
        for raw, sample in zip(source.columns, samples, strict=True)
    ]
    for raw, column in zip(source.columns, chosen, strict=True):
        if raw.type == BYTES and column.type.stored != BYTES:
            raise DataError(
                f"column '{raw.name}' holds raw bytes, and not pictures", code="column_unreadable",
                where=source.raw.where, do="Leave the column out, or write it as text.",
                column=raw.name,
            )  # fmt: skip
    reading.equip(db, chosen)
    bare: dict[int, list[str]] = {
        i: []
        for i, s in enumerate(samples)
        if not s and names[i] not in kinds and not source.columns[i].kind
    }
    return recheck(db, source, chosen, bare)


def _choose(name: str, sample: Sequence[str], given: str) -> Column:
    if given and ":" in given:
        return as_said(name, given)
    scores = {kind: cls.detect(name, sample) for kind, cls in KINDS.all().items() if sample}
    kind = given or max(scores, key=lambda k: scores[k], default="category")
    return Column(name=name, kind=kind, style=kind_class(kind).style_of(sample))


def recheck(
    db: duckdb.DuckDBPyConnection, source: Source, columns: Sequence[Column],
    doubted: Mapping[int, Sequence[str]],
) -> tuple[Column, ...]:  # fmt: skip
    """Choose the kinds of the doubted columns again, by every row of the file.

    ``doubted`` maps places of columns to texts they could not read: only a kind that reads most
    of these can be better. No text = the first rows had none, anything may fit.
    """
    found = list(columns)
    for i, texts in doubted.items():
        found[i] = _by_all_rows(db, source, i, _candidates(columns[i], texts))
    return tuple(found)


def _candidates(column: Column, texts: Sequence[str]) -> list[Column]:
    """Return the column as it is, then as every quantity that reads most of the texts."""
    others = [
        Column(name=column.name, kind=kind, style=style)
        for kind in _QUANTITIES
        for style in kind_class(kind).styles
        if not texts or kind_class(kind).share(texts[:SAMPLE], style) >= 0.5
    ]
    return [column, *(c for c in others if c != column)]


def _by_all_rows(
    db: duckdb.DuckDBPyConnection, source: Source, i: int, candidates: Sequence[Column]
) -> Column:
    """Take the quantity that reads the most cells, if it reads nearly all; else a category."""
    raw = source.columns[i]
    counts = ", ".join(f"count(*) FILTER ({bad_sql(c, raw, i)})" for c in candidates)
    query = f"SELECT count({text_sql(raw, i)}), {counts} FROM {source.relation()}"
    known, *bad = db.execute(query).fetchone() or (0,)
    fits = [
        (wrong, place) for place, (wrong, c) in enumerate(zip(bad, candidates, strict=True))
        if c.type.stored != "VARCHAR" and wrong <= (0 if c.kind == "boolean" else DOUBT * known)
    ]  # fmt: skip
    if fits and known:
        return candidates[min(fits)[1]]
    return Column(name=candidates[0].name, kind="category")


def text_sql(raw: RawColumn, i: int) -> str:
    """Return SQL for the raw column as text."""
    if raw.type == "VARCHAR":
        return f"c{i}"
    if raw.type == BYTES:
        return f"to_base64(c{i})"
    if raw.type in ("DOUBLE", "FLOAT"):
        return f"regexp_replace(c{i}::VARCHAR, '\\.0$', '')"
    return f"c{i}::VARCHAR"


def value_sql(column: Column, raw: RawColumn, i: int, *, fast: bool = False) -> str:
    """Return SQL for the raw column's value in the kind's stored type; NULL = missing or bad."""
    kind = column.type
    if raw.kind and raw.kind == column.kind:
        return f"c{i}"
    if raw.type.partition("(")[0] in kind.native:
        cast = f"c{i}::{kind.stored}"
        return f"(CASE WHEN isfinite({cast}) THEN {cast} END)" if kind.stored == "DOUBLE" else cast
    text = text_sql(raw, i)
    return kind.sql_fast(text) if fast and not column.style else kind.sql(text, column.style)


def bad_sql(column: Column, raw: RawColumn, i: int) -> str:
    """Return the SQL condition under which a cell cannot be read: true, else false or NULL."""
    text = text_sql(raw, i)
    missing = column.type.sql_missing(text)
    unread = f"{value_sql(column, raw, i)} IS NULL"
    return f"(CASE WHEN {text} IS NOT NULL AND {unread} THEN NOT {missing} END)"
