"""Number: an amount; ints, floats, thousands marks, currencies and percent alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from danlu.data.kinds.base import SPACES, VAGUE, Encode, Kind, Values, quoted, trim

CLIP = 8.0
"""Standardised values are held within +-CLIP, so that one wild cell cannot rule a batch."""
BOUND = 1e100
"""Means and spreads take larger values for this: their squares would be infinite."""
SKEWED = 2.0
"""Skewness beyond which the scale is made logarithmic."""
_MARKS = "$€£¥￥₹₽₩元円"
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_PERCENT = "%\uff05"
_WHOLE = r"(\d{{1,3}}([{thousands}' \x{{00A0}}]\d{{3}})+|\d+)?({decimal}\d+)?"
_SHAPE = rf"\(?[+-]?[{_MARKS}]? ?[+-]?{_WHOLE} ?[{_MARKS}{_PERCENT}]?\)?"
_GRAMMAR = {
    "": _SHAPE.format(thousands=",", decimal=r"\."),
    "comma": _SHAPE.format(thousands=".", decimal=","),
}
_RICH = {s: re.compile(g.replace(r"\x{00A0}", "\u00a0"), re.ASCII) for s, g in _GRAMMAR.items()}


class Number(Kind):
    """Standardised, on a logarithmic scale when skewed; a flag slot if train rows miss some."""

    kind: Literal["number"] = "number"
    scale_of: Literal["linear", "log1p", "asinh"] = "linear"
    """asinh works like log1p on both sides of ``center``."""
    center: float = 0.0
    spread: float = 1.0
    """Only for asinh: asinh((value - center) / spread)."""
    mean: float = 0.0
    std: float = 1.0
    """Of the train values, after ``scale_of``."""
    flag: bool = False
    """Whether a second slot says "missing"."""
    low: float | None = None
    high: float | None = None
    example: float | None = None
    whole: bool = False
    """Whether every train value is a whole number."""

    examples: ClassVar[tuple[str, ...]] = ("3", "-1.5", "2e3", "1,234.5", "$ 12", "12 %", "(5)")
    native: ClassVar[tuple[str, ...]] = (
        "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
        "UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL",
    )  # fmt: skip
    styles: ClassVar[tuple[str, ...]] = ("", "comma")

    @classmethod
    def parse(cls, value: object, style: str = "") -> float | None:
        """Read 3, 3.5, "1,234.5", "$ 12", "12 %" (0.12), "(5)" (-5); style comma: "1.234,5"."""
        if isinstance(value, str):
            return _text(value.strip(SPACES), style)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"a {type(value).__name__} is no number")
        return _finite(value)

    @classmethod
    def array(cls, values: Sequence[object], style: str = "") -> Values:
        """Read many cells: float64 (rows,)."""
        if _NUMERIC.issuperset(map(type, values)) and not _endless(values):
            return np.array(values, dtype=np.float64)
        return np.array([cls.parse(v, style) for v in values], dtype=np.float64)

    @classmethod
    def sql(cls, text: str, style: str = "") -> str:
        """Cast when it is plain, else strip marks; the fast way costs no regular expression."""
        trimmed = trim(text)
        digits = f"regexp_replace({trimmed}, '[^0-9.,]', '', 'g')"
        digits = (
            f"replace({digits}, ',', '')"
            if style == ""
            else f"replace(replace({digits}, '.', ''), ',', '.')"
        )
        sign = f"(CASE WHEN regexp_matches({trimmed}, '^\\(|-') THEN -1 ELSE 1 END)"
        part = f"(CASE WHEN regexp_matches({trimmed}, '[{_PERCENT}]') THEN 100 ELSE 1 END)"
        rich = f"{sign} * TRY_CAST({digits} AS DOUBLE) / {part}"
        rich = (
            f"CASE WHEN regexp_full_match({trimmed}, {quoted([_GRAMMAR[style]])}) THEN {rich} END"
        )
        if style == "comma":
            return f"({rich})"
        return f"coalesce({cls.sql_fast(text)}, {rich})"

    @classmethod
    def sql_fast(cls, text: str) -> str:
        """Cast it."""
        cast = f"TRY_CAST({text} AS DOUBLE)"
        return f"(CASE WHEN isfinite({cast}) THEN {cast} END)"

    @classmethod
    def sql_missing(cls, text: str) -> str:
        """Also a lone dash or question mark."""
        return f"{trim(text)} IN ({quoted(VAGUE)})"

    @classmethod
    def detect(cls, name: str, sample: Sequence[str]) -> float:  # noqa: ARG003
        """Nine in ten must read as numbers; codes with leading zeros are none."""
        if any(re.fullmatch(r"0\d+", text.strip(SPACES)) for text in sample):
            return 0.0
        best = max(cls.share(sample, style) for style in cls.styles)
        return 0.95 * best if best >= 0.9 else 0.0

    @classmethod
    def fit(cls, name: str, values: Values, style: str = "") -> Number:
        """Choose the scale by skewness, then mean and standard deviation."""
        known = values[np.isfinite(values)].astype(np.float64)
        flag = len(known) < len(values)
        if not len(known):
            return cls(column=name, style=style, flag=flag)
        state = cls(
            column=name, style=style, flag=flag, low=float(known.min()), high=float(known.max()),
            example=float(np.sort(known)[len(known) // 2]),
            whole=bool((known == np.rint(known)).all()), **_scale(known),
        )  # fmt: skip
        scaled = _Stack((state,)).scaled(np.clip(known, -BOUND, BOUND)[:, None])
        std = float(scaled.std())
        return state.model_copy(
            update={"mean": float(scaled.mean()), "std": std if std > 1e-12 else 1.0}
        )

    @classmethod
    def encoder(cls, states: Sequence[Number]) -> Encode:
        """Encode all number columns with a handful of array operations."""
        return _Stack(states).encode

    @property
    def shape(self) -> tuple[int, ...]:
        """One slot, two with the flag."""
        return (2 if self.flag else 1,)

    @property
    def cardinality(self) -> int | None:
        """None: a quantity."""
        return None

    def decode(self, encoded: NDArray[np.float32]) -> Values:
        """Undo the standardising; flagged rows are NaN."""
        x = encoded[:, 0].astype(np.float64) * self.std + self.mean
        if self.scale_of == "log1p":
            x = np.expm1(x)
        elif self.scale_of == "asinh":
            x = np.sinh(x) * self.spread + self.center
        return np.where(encoded[:, 1] > 0.5, np.nan, x) if self.flag else x

    @classmethod
    def plain(cls, values: Values, *, short: bool = False) -> list[Any]:  # noqa: ARG003
        """Whole numbers without ".0"."""
        return [_plain(value) for value in values.tolist()]

    def form(self) -> dict[str, Any]:
        """Lowest, highest and middle train value."""
        return {"low": self.low, "high": self.high, "example": self.example, "whole": self.whole}


def _plain(value: float) -> float | int | None:
    if value != value:  # NaN
        return None
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


_NUMERIC = {int, float, type(None)}
_HUGE = 1.7e308


def _endless(values: Sequence[object]) -> bool:
    """Whether any is infinite or an int too large for a float."""
    return any(v is not None and not -_HUGE < v < _HUGE and v == v for v in values)  # type: ignore[operator]


def _finite(value: float) -> float | None:
    if value != value:  # NaN is JSON's unofficial "missing"
        return None
    if not -_HUGE < value < _HUGE:
        raise ValueError("not a finite number")
    return float(value)


def _text(text: str, style: str) -> float | None:
    if text in VAGUE:
        return None
    if style == "" and _PLAIN.fullmatch(text):
        return _finite(float(text))
    if not _RICH[style].fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no number")
    digits = re.sub(r"[^0-9.,]", "", text)
    digits = digits.replace(",", "") if style == "" else digits.replace(".", "").replace(",", ".")
    sign = -1.0 if text.startswith("(") or "-" in text else 1.0
    try:
        return sign * float(digits) / (100.0 if re.search(f"[{_PERCENT}]", text) else 1.0)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no number") from None


def _scale(known: Values) -> dict[str, Any]:
    """Choose linear, log1p (never negative) or asinh (both sides) by skewness and tails."""
    known = np.clip(known, -BOUND, BOUND)
    z = known - known.mean()
    std = float(z.std())
    if std <= 1e-12 or len(known) < 8:
        return {}
    z /= std
    skew, tails = float((z**3).mean()), float((z**4).mean())
    if abs(skew) <= SKEWED and tails <= 30:
        return {}
    if known.min() >= 0 and skew > 0:
        return {"scale_of": "log1p"}
    q1, middle, q3 = (float(q) for q in np.quantile(known, (0.25, 0.5, 0.75)))
    return {"scale_of": "asinh", "center": middle, "spread": (q3 - q1) / 1.35 or std}


class _Stack:
    """The states of several columns as arrays (columns,), so that one operation serves all."""

    def __init__(self, states: Sequence[Number]) -> None:
        def array(field: str) -> NDArray[np.float64]:
            return np.array([getattr(s, field) for s in states], dtype=np.float64)

        self.mean, self.std = array("mean"), array("std")
        self.center, self.spread = array("center"), array("spread")
        self.log = [i for i, s in enumerate(states) if s.scale_of == "log1p"]
        self.asinh = [i for i, s in enumerate(states) if s.scale_of == "asinh"]
        self.flagged = [i for i, s in enumerate(states) if s.flag]
        widths = np.cumsum([0, *(s.width for s in states)])
        self.slots, self.width = widths[:-1], int(widths[-1])

    def scaled(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Apply each column's scale to x (rows, columns)."""
        if self.log:
            x[:, self.log] = np.log1p(np.maximum(x[:, self.log], 0.0))
        if self.asinh:
            i = self.asinh
            with np.errstate(over="ignore"):  # infinity is clipped like any wild cell
                x[:, i] = np.arcsinh((x[:, i] - self.center[i]) / self.spread[i])
        return x

    def encode(self, columns: Sequence[Values]) -> NDArray[np.float32]:
        """Encode columns, each (rows,), to (rows, width)."""
        x = np.empty((len(columns[0]), len(columns)))  # (rows, columns)
        for i, values in enumerate(columns):
            x[:, i] = values
        missing = np.isnan(x)
        x = (self.scaled(x) - self.mean) / self.std
        np.minimum(x, CLIP, out=x)
        np.maximum(x, -CLIP, out=x)
        x[missing] = 0.0
        if not self.flagged:
            return x.astype(np.float32)
        out = np.empty((len(x), self.width), dtype=np.float32)
        out[:, self.slots] = x
        out[:, self.slots[self.flagged] + 1] = missing[:, self.flagged]
        return out
