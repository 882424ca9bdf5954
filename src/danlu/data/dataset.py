"""Dataset: what the columns of a table are; free of DuckDB, for serving reads it too.

A ``Table`` maps a column to an array, all of one length: number and boolean are float64 (NaN =
missing, 1 = true), category, text and id are object (str | None), image is object (bytes | None),
datetime is datetime64[us] (NaT).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray
from pydantic import field_validator

from danlu.catalog import Catalog
from danlu.data.kinds.base import Kind
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
    """How its texts are written: `comma` (1.234,5), `day_first`; or how it is read: `32x32`."""

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        kind_class(kind)
        return kind

    def is_as(self, said: str) -> bool:
        """Whether it is what a person says: a kind, or a kind and its style."""
        return said in (self.kind, f"{self.kind}:{self.style}")

    @property
    def type(self) -> type[Kind]:
        """The kind's class."""
        return kind_class(self.kind)


def as_said(name: str, said: str) -> Column:
    """Make a column of what a person says it is: a kind, or a kind and its style.

    >>> as_said("photo", "image:32x32").style
    '32x32'
    """
    kind, _, style = said.partition(":")
    known = kind_class(kind)
    if style and style not in known.styles and not re.fullmatch(known.said, style):
        raise DataError(
            f"a column of kind {kind} has no style '{style}'", code="style_unknown", column=name,
            do=nearest(style, [s for s in known.styles if s]) or f"Write {kind} alone.",
        )  # fmt: skip
    return Column(name=name, kind=kind, style=style)


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


def rows_of(
    table: Table, columns: Sequence[Column], *, short: bool = False
) -> list[dict[str, Any]]:
    """Return rows as JSON, None for missing; ``short``: long texts and pictures as a list shows.

    >>> import numpy as np
    >>> rows_of({"n": np.array([1.0, np.nan])}, [Column(name="n", kind="number")])
    [{'n': 1}, {'n': None}]
    """
    kinds = {c.name: c.type for c in columns}
    lists = [kinds[name].plain(values, short=short) for name, values in table.items()]
    return [dict(zip(table, row, strict=True)) for row in zip(*lists, strict=True)]
