"""Slices: the groups of rows on each of which a challenger may not do worse."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from danlu.data.dataset import Column, Table

GROUPED = ("category", "boolean")
LEAST_ROWS, LEAST_SHARE = 100, 0.05
MOST_VALUES = 20
"""A column with more values names things, not groups."""
MOST_SLICES = 8
"""The largest; every further one makes a veto by chance likelier."""

Masks = dict[str, NDArray[np.bool_]]


def slices(table: Table, columns: Sequence[Column]) -> Masks:
    """Cut a table by the values of its columns of few values: ``{"carrier = UA": mask (rows,)}``.

    >>> from danlu.data.dataset import Column
    >>> table = {"a": np.array(["x"] * 150 + ["y"] * 10, dtype=object)}
    >>> found = slices(table, [Column(name="a", kind="category")])
    >>> {name: int(mask.sum()) for name, mask in found.items()}
    {'a = x': 150}
    """
    found: Masks = {}
    for column in columns:
        if column.kind in GROUPED and column.name in table:
            found |= _values_of(column, table[column.name])
    largest = sorted(found, key=lambda name: -int(found[name].sum()))[:MOST_SLICES]
    return {name: found[name] for name in largest}


def _values_of(column: Column, values: NDArray[np.object_]) -> Masks:
    """Return the rows of each value that has enough of them."""
    texts = np.array([_text(value, column) for value in values], dtype=object)
    names, counts = np.unique(texts, return_counts=True)
    if len(names) > MOST_VALUES:
        return {}
    least = max(LEAST_ROWS, LEAST_SHARE * len(values))
    return {
        f"{column.name} = {name}": texts == name
        for name, count in zip(names, counts, strict=True) if count >= least and name
    }  # fmt: skip


def _text(value: object, column: Column) -> str:
    """Return a cell as it is shown; "" when it is missing."""
    if value is None or value != value:
        return ""
    return str(bool(value)).lower() if column.kind == "boolean" else str(value)
