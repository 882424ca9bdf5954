"""Kind: what the values of one column are, and how they become numbers a network can read.

A kind is a class (how cells are read: JSON, text, SQL) whose instances are the fitted state of
one column (how values are encoded): frozen, plain JSON, fitted on train rows only.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from danlu.params import Params

Values = NDArray[Any]
"""Values of one column: float64 (NaN = missing), object (str | bytes | None), datetime64[us]."""
Cell = float | str | bytes | np.datetime64 | None
"""One value of a column; None = missing."""
Encode = Callable[[Sequence[Values]], NDArray[np.float32]]
"""Columns of one kind, each (rows,) -> float32 (rows, sum of their widths)."""

MISSING = ("", "NA", "N/A", "n/a", "#N/A", "NULL", "null", "NaN", "nan", "None", r"\N")
"""Texts that mean "no value" in any column."""
VAGUE = (*MISSING, "-", "--", "?", "—")
"""Texts that mean "no value" where a quantity is expected."""
GLANCE = 50
"""Texts that are looked at first when a style is tried."""
SPACES = " \t\r\n\u00a0\u3000"
"""What is trimmed off a cell, in Python and in SQL."""
LONGEST_TEXT = 400
"""Characters of a text where many are listed."""


class Function(NamedTuple):
    """A Python function that SQL may call."""

    call: Callable[[Any], Any]
    """None for NULL; what it raises becomes NULL too."""
    takes: str
    gives: str


class Kind(Params, ABC):
    """State of one fitted column; subclasses add ``kind: Literal[...]`` and what they learn."""

    column: str
    style: str = ""
    """How its texts are written, one of ``styles``."""

    examples: ClassVar[tuple[str, ...]]
    """Different texts of this kind; the contract tests fit and read them."""
    usable: ClassVar[bool] = True
    """Whether a network may read it."""
    lossless: ClassVar[bool] = True
    """Whether ``decode`` brings values of the train rows back."""
    dtype: ClassVar[str] = "float64"
    """numpy dtype of a column in memory."""
    stored: ClassVar[str] = "DOUBLE"
    """SQL type of a column in a part."""
    native: ClassVar[tuple[str, ...]] = ()
    """SQL types that need no parsing when a typed file brings them."""
    styles: ClassVar[tuple[str, ...]] = ("",)
    said: ClassVar[str] = ""
    """What a style may look like that only a person can know: a regular expression."""
    axes: ClassVar[tuple[str, ...]] = ("features",)
    """Of what one cell becomes; a kind with axes of its own is an input of its own."""
    functions: ClassVar[Mapping[str, Function]] = {}
    """What its SQL calls, by name."""
    listed_by: ClassVar[str] = ""
    """SQL of what the commonest values are listed by, {} = the column; "" = they are not listed."""

    @classmethod
    @abstractmethod
    def parse(cls, value: object, style: str = "") -> Cell:
        """Read one JSON value or text cell; ValueError says why it cannot be read."""

    @classmethod
    @abstractmethod
    def array(cls, values: Sequence[object], style: str = "") -> Values:
        """Read many cells as ``parse`` does; ValueError when any of them cannot be read."""

    @classmethod
    @abstractmethod
    def sql(cls, text: str, style: str = "") -> str:
        """Return the SQL that reads the text expression ``text`` as ``parse`` does, else NULL."""

    @classmethod
    @abstractmethod
    def sql_fast(cls, text: str) -> str:
        """Return cheap SQL that reads the commonest form as ``sql`` does, and else gives NULL."""

    @classmethod
    @abstractmethod
    def sql_missing(cls, text: str) -> str:
        """Return the SQL condition under which the non-NULL ``text`` means "no value"."""

    @classmethod
    @abstractmethod
    def detect(cls, name: str, sample: Sequence[str]) -> float:
        """Score 0..1 how well non-missing texts of a column look like this kind."""

    @classmethod
    @abstractmethod
    def fit(cls, name: str, values: Values, style: str = "") -> Self:
        """Learn the encoding of one column from its train rows."""

    @classmethod
    @abstractmethod
    def encoder(cls, states: Sequence[Self]) -> Encode:
        """Return the function that encodes the columns of ``states`` at once."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Sizes of ``axes``: how many float slots a cell takes, and how they lie."""

    @property
    @abstractmethod
    def cardinality(self) -> int | None:
        """Number of indices if the slot holds an index, else None."""

    @abstractmethod
    def decode(self, encoded: NDArray[np.float32]) -> Values:
        """Turn slots (rows, width) back into values (rows,)."""

    @classmethod
    @abstractmethod
    def plain(cls, values: Values, *, short: bool = False) -> list[Any]:
        """Return values as JSON that ``parse`` reads back; ``short``: as a list of many shows."""

    @abstractmethod
    def form(self) -> dict[str, Any]:
        """Return what an input form needs: known ``values`` or ``low``/``high``, an ``example``."""

    @property
    def width(self) -> int:
        """Number of float slots the column takes."""
        return math.prod(self.shape)

    def encode(self, values: Values) -> NDArray[np.float32]:
        """Turn the values (rows,) of this one column into slots (rows, width)."""
        return type(self).encoder((self,))((values,))

    @classmethod
    def share(cls, sample: Sequence[str], style: str = "") -> float:
        """Return which part of the texts can be read; the first ones tell when few can."""
        for texts in (sample[:GLANCE], sample):
            good = sum(_reads(cls, text, style) for text in texts)
            if 2 * good < len(texts):
                break
        return good / len(texts) if texts else 0.0

    @classmethod
    def style_of(cls, sample: Sequence[str]) -> str:
        """Return the style that reads most of the texts (the first of equals)."""
        return max(cls.styles, key=lambda style: cls.share(sample, style))


def _reads(kind: type[Kind], text: str, style: str) -> bool:
    try:
        return kind.parse(text, style) is not None
    except ValueError:
        return False


class Label(Kind, ABC):
    """A kind whose cells are trimmed texts; any scalar can be one."""

    dtype: ClassVar[str] = "object"
    stored: ClassVar[str] = "VARCHAR"

    @classmethod
    def parse(cls, value: object, style: str = "") -> str | None:  # noqa: ARG003
        """Read any JSON scalar: trimmed text, whole floats without ".0"."""
        return label(value)

    @classmethod
    def array(cls, values: Sequence[object], style: str = "") -> Values:  # noqa: ARG003
        """Read many cells: object (rows,)."""
        return objects([label(v) for v in values])

    @classmethod
    def sql(cls, text: str, style: str = "") -> str:  # noqa: ARG003
        """Trim it."""
        missing = f"list_contains([{quoted(MISSING)}], {trim(text)})"
        return f"(CASE WHEN NOT {missing} THEN {trim(text)} END)"

    @classmethod
    def sql_fast(cls, text: str) -> str:
        """Trim it: cheap already."""
        return cls.sql(text)

    @classmethod
    def sql_missing(cls, text: str) -> str:
        """Empty, NA and the like."""
        return f"{trim(text)} IN ({quoted(MISSING)})"

    @classmethod
    def plain(cls, values: Values, *, short: bool = False) -> list[Any]:
        """Return the texts; long ones are cut where many are shown."""
        texts: list[str | None] = values.tolist()
        if not short:
            return texts
        return [t[:LONGEST_TEXT] + "…" if t and len(t) > LONGEST_TEXT else t for t in texts]


class Unread(Label, ABC):
    """A label no network reads: it takes no slots."""

    usable: ClassVar[bool] = False
    lossless: ClassVar[bool] = False

    @classmethod
    def fit(cls, name: str, values: Values, style: str = "") -> Self:  # noqa: ARG003
        """Learn nothing."""
        return cls(column=name, style=style)

    @classmethod
    def encoder(cls, states: Sequence[Self]) -> Encode:  # noqa: ARG003
        """Return no slots: (rows, 0)."""
        return lambda columns: np.empty((len(columns[0]), 0), dtype=np.float32)

    @property
    def shape(self) -> tuple[int, ...]:
        """No slots."""
        return (0,)

    @property
    def cardinality(self) -> int | None:
        """None."""
        return None

    def decode(self, encoded: NDArray[np.float32]) -> Values:
        """All missing: nothing was encoded."""
        return objects([None] * len(encoded))

    def form(self) -> dict[str, Any]:
        """Nothing to suggest."""
        return {}


def trim(text: str) -> str:
    """Return SQL that trims as ``str.strip(SPACES)`` does, looking first whether there is need."""
    codes = ", ".join(str(ord(space)) for space in SPACES)
    edges = f"{text} < '!' OR ascii(right({text}, 1)) IN ({codes}) OR ascii({text}) IN ({codes})"
    return f"(CASE WHEN {edges} THEN trim({text}, '{SPACES}') ELSE {text} END)"


def quoted(words: Sequence[str]) -> str:
    """Write texts as a list of SQL literals, without brackets."""
    return ", ".join("'" + word.replace("'", "''") + "'" for word in words)


def objects(values: Sequence[object]) -> Values:
    """Return an object array (rows,) whatever the values are."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def label(value: object) -> str | None:
    """Read a JSON scalar as a label: trimmed text, whole floats without ".0"; None = missing."""
    if isinstance(value, str):
        text = value.strip(SPACES)
        return None if text in MISSING else text
    if value is None or value != value:  # NaN
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    raise ValueError(f"a {type(value).__name__} is no label")


def named(kind: str) -> str:
    """Put the article before the name of a kind.

    >>> named("image"), named("number")
    ('an image', 'a number')
    """
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
