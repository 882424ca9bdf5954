"""Dataset: what the columns of a table are; free of DuckDB, for serving reads it too.

A ``Table`` maps a column to an array, all of one length: number and boolean are float64 (NaN =
missing, 1 = true), category, text and id are object (str | None), datetime is datetime64[us] (NaT).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray
from pydantic import field_validator

from danlu.catalog import Catalog
from danlu.data.kinds.base import Kind, Values
from danlu.errors import DataError, nearest
from danlu.params import Params

Table = dict[str, NDArray[Any]]
KINDS: Catalog[Kind] = Catalog("danlu.data.kinds", Kind)  # type: ignore[type-abstract]


@functools.cache
def kind_class(name: str) -> type[Kind]:
    """Return the class of a kind; looked up once, for serving reads it with every row."""
    return KINDS.get(name)


class Column(Params):
    """A named column and what it is."""

    name: str
    kind: str
    """File name in `danlu/data/kinds`."""
    style: str = ""
    """How its texts are written: `comma` (1.234,5), `day_first`, `month_first`."""

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        kind_class(kind)
        return kind

    @property
    def type(self) -> type[Kind]:
        """The kind's class."""
        return kind_class(self.kind)


class Schema(Params):
    """The columns of a dataset, and which of them is the time."""

    columns: tuple[Column, ...]
    time: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(c.name for c in self.columns)

    def column(self, name: str, *, where: str = "") -> Column:
        """Find a column by name; ``where`` tells a person which table was searched."""
        for column in self.columns:
            if column.name == name:
                return column
        raise DataError(
            f"no column '{name}'", code="column_missing", where=where or "the columns of the table",
            do=nearest(name, self.names), column=name,
        )  # fmt: skip


def rows_of(table: Table, columns: Sequence[Column] = ()) -> list[dict[str, Any]]:
    """Return JSON-able rows: None for missing, ISO datetimes; true/false where ``columns`` say so.

    >>> import numpy as np
    >>> rows_of({"n": np.array([1.0, np.nan]), "label": np.array(["a", None], dtype=object)})
    [{'n': 1, 'label': 'a'}, {'n': None, 'label': None}]
    """
    booleans = {c.name for c in columns if c.kind == "boolean"}
    lists = [_json(values, boolean=name in booleans) for name, values in table.items()]
    return [dict(zip(table, row, strict=True)) for row in zip(*lists, strict=True)]


def _json(values: Values, *, boolean: bool) -> list[Any]:
    if values.dtype == object:
        return values.tolist()  # type: ignore[no-any-return]
    if values.dtype.kind == "M":
        return [None if v is None else v.isoformat() for v in values.tolist()]
    if boolean:
        return [None if v != v else v == 1 for v in values.tolist()]
    return [_number(v) for v in values.tolist()]


def _number(value: float) -> float | int | None:
    if value != value:  # NaN
        return None
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
