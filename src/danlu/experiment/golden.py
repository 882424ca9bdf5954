"""Golden: raw rows a bundle must always answer the same, the difficult ones among them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from danlu.data.dataset import Column
from danlu.data.encoder import Encoder
from danlu.data.rows import table_of

Row = dict[str, Any]
FEWEST = 50
UNSEEN = "\u2603 never seen before"
EXTREME = {"number": (1e12, -1e12, 0), "datetime": ("1970-01-01T00:00:00", "2100-12-31T23:59:59")}


def variants(rows: Sequence[Row], columns: Sequence[Column]) -> list[Row]:
    """Return the rows and, made from them, at least ``FEWEST`` in all: nulls, unseen, extremes.

    >>> found = variants([{"a": 1}], [Column(name="a", kind="number")])
    >>> len(found) >= FEWEST, {"a": None} in found, {} in found, {"a": -1e12} in found
    (True, True, True, True)
    """
    base = rows[0]
    found = [*rows, {}, {c.name: None for c in columns}]
    found += [{**base, c.name: None} for c in columns[:FEWEST]]
    for c in columns[:FEWEST]:
        odd: Sequence[Any] = EXTREME.get(c.kind, (UNSEEN, "") if c.kind == "category" else ())
        found += [{**base, c.name: value} for value in odd]
    missing = max(0, FEWEST - len(found))
    return [*found, *(rows[i % len(rows)] for i in range(missing))]


def golden_rows(
    encoded: Path, encoder: Encoder
) -> tuple[list[Row], dict[str, NDArray[np.float32]]]:
    """Return the golden rows of encoded data, raw and as inputs."""
    kept = json.loads((encoded / "golden.json").read_text("utf-8"))
    rows = variants(kept, encoder.columns())
    table, _ = table_of(rows, encoder.columns())
    return rows, encoder.encode(table)
