"""Samples: real logs that travel inside the package; where each is from stands in README.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from danlu.data.bundled import sample
from danlu.data.dataset import Column, Schema, rows_of
from danlu.data.reading import read

ROWS_AT_ONCE = 20_000
FLIGHTS = Schema(
    time="departs",
    columns=tuple(
        Column(name=name, kind=kind)
        for name, kind in {
            "departs": "datetime", "carrier": "category", "origin": "category", "dest": "category",
            "distance": "number", "arrives_minute": "number", "temp": "number", "dewp": "number",
            "humid": "number", "wind_dir": "number", "wind_speed": "number", "wind_gust": "number",
            "precip": "number", "pressure": "number", "visib": "number", "late": "boolean",
        }.items()
    ),
)  # fmt: skip
SCHEMAS = {"flights": FLIGHTS}
"""Of the samples that are replayed row by row."""


def path(name: str) -> Path:
    """Return the Parquet file of a sample."""
    return sample(name).path


def rows(name: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a sample as JSON-able dictionaries, in the order of its time column.

    >>> next(rows("flights"))["dest"]
    'IAH'
    """
    file, schema, start = path(name), SCHEMAS[name], 0
    while True:
        table = read([file], schema, limit=ROWS_AT_ONCE, offset=start)
        found = rows_of(table, schema.columns)
        yield from found
        start += len(found)
        if len(found) < ROWS_AT_ONCE:
            return
