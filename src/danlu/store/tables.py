"""Tables: one SQL table per record class, derived from it: key and index columns + JSON body."""

from __future__ import annotations

import types
from typing import Any, Union, get_args, get_origin

from sqlalchemy import Column, Float, Index, Integer, MetaData, String, Table, UniqueConstraint

from danlu.store import records
from danlu.store.records import Record

RECORDS: tuple[type[Record], ...] = (
    records.Project, records.Key, records.Login, records.Dataset, records.Version,
    records.Network, records.NetworkVersion, records.NetworkDraft, records.Experiment,
    records.Trial, records.Model, records.Deployment, records.Loop, records.Job, records.Event,
    records.Audit,
)  # fmt: skip
METADATA = MetaData()


def columns_of(cls: type[Record]) -> tuple[str, ...]:
    """Name the fields kept as columns of their own: the key, then the index."""
    return tuple(dict.fromkeys((*cls.key, *cls.index)))


def _sql_type(cls: type[Record], field: str) -> type[Integer] | type[Float[float]] | type[String]:
    """Return the SQL type of a key or index field."""
    kind: Any = cls.model_fields[field].annotation
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(k for k in get_args(kind) if k is not type(None))
    return Integer if kind is int else Float if kind is float else String


def _table(cls: type[Record]) -> Table:
    """Derive the table: rows keep the order they came in (``n``, or ``seq`` if the key)."""
    numbered = cls.key == ("seq",)
    first = Column("seq" if numbered else "n", Integer, primary_key=True, autoincrement=True)
    rest = [
        Column(name, _sql_type(cls, name), nullable=False)
        for name in columns_of(cls) if name != "seq"
    ]  # fmt: skip
    extra: list[Any] = [] if numbered else [UniqueConstraint(*cls.key, name=f"{cls.table}_key")]
    extra += [Index(f"{cls.table}_{f}", f) for f in cls.index if f != cls.key[0]]
    body = Column("body", String, nullable=False)
    return Table(cls.table, METADATA, first, *rest, body, *extra, sqlite_autoincrement=True)


TABLES: dict[type[Record], Table] = {cls: _table(cls) for cls in RECORDS}
