"""Reading: parts (Parquet) become a table in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from danlu.data.dataset import Column, Schema, Table
from danlu.data.kinds.base import Values, objects


def connect(*, folder: Path | None = None, memory_mb: int = 512) -> duckdb.DuckDBPyConnection:
    """Open DuckDB in memory: no extension is fetched, and it spills to ``folder`` when full."""
    db = duckdb.connect(
        config={
            "memory_limit": f"{memory_mb}MB",
            "temp_directory": str(folder or ""),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
        }
    )
    db.execute("SET TimeZone = 'UTC'")
    return db


def equip(db: duckdb.DuckDBPyConnection, columns: Iterable[Column]) -> None:
    """Give a database the functions that the SQL of these columns' kinds calls."""
    for kind in {c.type for c in columns}:
        for name, function in kind.functions.items():
            known = "SELECT 1 FROM duckdb_functions() WHERE function_name = ?"
            if not db.execute(known, [name]).fetchone():
                db.create_function(  # type: ignore[call-overload]  # texts are taken too
                    name, function.call, [function.takes], function.gives,
                    null_handling="special", exception_handling="return_null",
                )  # fmt: skip


def name_sql(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def read(
    parts: Sequence[Path],
    schema: Schema,
    columns: Sequence[str] | None = None,
    *,
    limit: int | None = None,
    offset: int = 0,
    sample: int | None = None,
) -> Table:
    """Read columns (all by default) of the parts, one after the other, as a table.

    ``sample`` takes so many rows at random, always the same ones, and in no order.
    """
    chosen = [schema.column(name) for name in (schema.names if columns is None else columns)]
    if not parts or not chosen:
        return {c.name: np.empty(0, dtype=c.type.dtype) for c in chosen}
    cut = f" USING SAMPLE reservoir({int(sample)} ROWS) REPEATABLE (0)" if sample else ""
    cut += f" LIMIT {int(limit)}" if limit is not None else ""
    names = ", ".join(name_sql(c.name) for c in chosen)
    query = f"SELECT {names} FROM read_parquet(?) {cut} OFFSET {int(offset)}"
    return _fetched(query, [[str(p) for p in parts]], chosen)


def read_every(
    parts: Sequence[Path], schema: Schema, columns: Sequence[str], *, step: int
) -> Table:
    """Read the first of each ``step`` rows, in order."""
    if step <= 1:
        return read(parts, schema, columns)
    chosen = [schema.column(name) for name in columns]
    names = ", ".join(name_sql(c.name) for c in chosen)
    numbered = "QUALIFY (row_number() OVER () - 1) % ? = 0"
    query = f"SELECT {names} FROM read_parquet(?) {numbered}"
    return _fetched(query, [[str(p) for p in parts], step], chosen)


def search(
    parts: Sequence[Path], schema: Schema, text: str, *, inside: Sequence[Column], limit: int,
    offset: int = 0,
) -> tuple[Table, int]:  # fmt: skip
    """Read the rows in which a cell of the columns ``inside`` holds ``text``; count all such."""
    files = [str(p) for p in parts]
    cells = (
        " OR ".join(
            f"contains(lower({name_sql(c.name)}::VARCHAR), lower($text))"
            for c in inside
            if c.type.stored != "BLOB"
        )
        or "false"
    )
    found = f"FROM read_parquet($files) WHERE {cells}"
    names = ", ".join(name_sql(name) for name in schema.names)
    given = {"files": files, "text": text}
    with connect(memory_mb=1024) as db:
        (count,) = db.execute(f"SELECT count(*) {found}", given).fetchone() or (0,)
    query = f"SELECT {names} {found} LIMIT {int(limit)} OFFSET {int(offset)}"
    return _fetched(query, given, schema.columns), int(count)


def _fetched(query: str, given: Any, chosen: Sequence[Column]) -> Table:
    with connect(memory_mb=2048) as db:
        found = db.execute(query, given).fetchnumpy()
    table = {c.name: _column(found[c.name], c.type.dtype) for c in chosen}
    for column in chosen:
        if column.type.stored == "BLOB":  # DuckDB hands out bytearrays, which nothing can look up
            held = table[column.name].tolist()
            table[column.name] = objects([None if v is None else bytes(v) for v in held])
    return table


def _column(values: Any, dtype: str) -> Values:
    """Turn DuckDB's (maybe masked) array into the table's form of it."""
    mask = np.ma.getmaskarray(values) if np.ma.isMaskedArray(values) else None
    array: Values = np.ma.getdata(values)
    if dtype == "object":
        array = array.astype(object)
        if mask is not None:
            array[mask] = None
        return array
    array = array.astype(dtype)
    if mask is not None:
        array[mask] = np.nan if dtype == "float64" else np.datetime64("NaT")
    return array
