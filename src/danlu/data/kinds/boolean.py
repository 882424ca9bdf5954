"""Boolean: one of two; yes/no, true/false, 是/否, 1/0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from danlu.data.kinds.base import SPACES, VAGUE, Encode, Kind, Values, quoted, trim

TRUE = ("true", "yes", "on", "是", "真", "t", "y", "1", "1.0")
FALSE = ("false", "no", "off", "否", "假", "f", "n", "0", "0.0")
_CLEAR = {*TRUE[:5], *FALSE[:5]}
"""Words that mean nothing else; the others count only as a pair."""
_WORDS = {**dict.fromkeys(TRUE, 1.0), **dict.fromkeys(FALSE, 0.0)}


class Boolean(Kind):
    """One slot: 1 = true, -1 = false, 0 = missing."""

    kind: Literal["boolean"] = "boolean"
    share_true: float | None = None
    """Of the known train rows."""

    listed_by: ClassVar[str] = "{}"
    examples: ClassVar[tuple[str, ...]] = ("true", "No", "是", "否", "yes")
    stored: ClassVar[str] = "BOOLEAN"
    native: ClassVar[tuple[str, ...]] = ("BOOLEAN",)

    @classmethod
    def parse(cls, value: object, style: str = "") -> float | None:  # noqa: ARG003
        """Read true, 1, "Yes", "是"."""
        if isinstance(value, str):
            text = value.strip(SPACES)
            if text in VAGUE:
                return None
            answer = _WORDS.get(text.lower())
            if answer is None:
                raise ValueError(f"{text[:40]!r} is neither true nor false")
            return answer
        if value is None or value != value:  # NaN
            return None
        if isinstance(value, int | float) and value in (0, 1):
            return float(value)
        raise ValueError(f"{str(value)[:40]!r} is neither true nor false")

    @classmethod
    def array(cls, values: Sequence[object], style: str = "") -> Values:
        """Read many cells: float64 (rows,)."""
        return np.array([cls.parse(v, style) for v in values], dtype=np.float64)

    @classmethod
    def sql(cls, text: str, style: str = "") -> str:  # noqa: ARG003
        """Look the word up."""
        word = f"lower({trim(text)})"
        yes, no = quoted(TRUE), quoted(FALSE)
        return f"(CASE WHEN {word} IN ({yes}) THEN true WHEN {word} IN ({no}) THEN false END)"

    @classmethod
    def sql_fast(cls, text: str) -> str:
        """Look the word up: cheap already."""
        return cls.sql(text)

    @classmethod
    def sql_missing(cls, text: str) -> str:
        """Also a lone dash or question mark."""
        return f"{trim(text)} IN ({quoted(VAGUE)})"

    @classmethod
    def detect(cls, name: str, sample: Sequence[str]) -> float:  # noqa: ARG003
        """Every text must be one of the words; 1/0, t/f, y/n only when both occur."""
        words = {text.strip(SPACES).lower() for text in sample}
        if not words or not words <= _WORDS.keys():
            return 0.0
        return 1.0 if words & _CLEAR or len({_WORDS[w] for w in words}) == 2 else 0.0

    @classmethod
    def fit(cls, name: str, values: Values, style: str = "") -> Boolean:
        """Nothing to learn but how often it is true."""
        known = values[~np.isnan(values)]
        return cls(column=name, style=style, share_true=float(known.mean()) if len(known) else None)

    @classmethod
    def encoder(cls, states: Sequence[Boolean]) -> Encode:  # noqa: ARG003
        """Stack the columns; every one is treated alike."""
        return _encode

    @property
    def shape(self) -> tuple[int, ...]:
        """One slot."""
        return (1,)

    @property
    def cardinality(self) -> int | None:
        """None: a quantity."""
        return None

    def decode(self, encoded: NDArray[np.float32]) -> Values:
        """1, 0 or NaN."""
        x = encoded[:, 0].astype(np.float64)
        return np.where(x == 0, np.nan, (x > 0).astype(np.float64))

    @classmethod
    def plain(cls, values: Values, *, short: bool = False) -> list[Any]:  # noqa: ARG003
        """True and false."""
        return [None if v != v else v == 1 for v in values.tolist()]

    def form(self) -> dict[str, Any]:
        """Two values, and the commoner one as the example."""
        return {"values": [True, False], "example": (self.share_true or 0.0) >= 0.5}


def _encode(columns: Sequence[Values]) -> NDArray[np.float32]:
    x = np.stack(columns, axis=1) * 2.0 - 1.0  # (rows, columns)
    x[np.isnan(x)] = 0.0
    return x.astype(np.float32)
