"""Datetime: a day or a moment, as written (a zone is dropped, never converted)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from danlu.data.kinds.base import SPACES, VAGUE, Encode, Kind, Values, quoted, trim

CYCLES = {"day": 1.0, "week": 7.0, "month": 30.436875, "year": 365.2425}
"""Cycle -> its length in days."""
_DAYS = {
    "": r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?",
    "day_first": r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})",
    "month_first": r"(?P<m>\d{1,2})[-/.](?P<d>\d{1,2})[-/.](?P<y>\d{4})",
}
_CLOCK = (
    r"(?:[T ,]+(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:\.(?P<f>\d{1,9}))?)?"
    r"(?: ?(?P<p>[AaPp])[Mm])?(?: ?(?:Z|UTC|[+-]\d{2}(?::?\d{2})?))?)?"
)
_GRAMMAR = {style: re.compile(day + _CLOCK, re.ASCII) for style, day in _DAYS.items()}
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?", re.ASCII)
_WORD = re.compile(r"\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{4}|[A-Za-z]{3,9} \d{1,2}, \d{4}", re.ASCII)
_NAMED = ("%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)?", re.ASCII)
_ORDER = {"": r"\1-\2-\3 \4", "day_first": r"\3-\2-\1 \4", "month_first": r"\3-\1-\2 \4"}


class Datetime(Kind):
    """Sine and cosine of the calendar cycles that the train rows cover at least twice."""

    kind: Literal["datetime"] = "datetime"
    cycles: tuple[Literal["day", "week", "month", "year"], ...] = ()
    flag: bool = False
    """Whether a last slot says "missing"."""
    low: str | None = None
    high: str | None = None
    """First and last train value, ISO."""

    examples: ClassVar[tuple[str, ...]] = (
        "2013-01-31 17:30", "2013/3/1", "2013年12月1日", "31 Jan 2016", "2015-02",
        "2013-06-30T08:05:07.25+08:00", "2013-06-30 8:05 PM",
    )  # fmt: skip
    lossless: ClassVar[bool] = False
    dtype: ClassVar[str] = "datetime64[us]"
    stored: ClassVar[str] = "TIMESTAMP"
    native: ClassVar[tuple[str, ...]] = (
        "TIMESTAMP", "DATE", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS",
        "TIMESTAMP WITH TIME ZONE",
    )  # fmt: skip
    styles: ClassVar[tuple[str, ...]] = ("", "month_first", "day_first")

    @classmethod
    def parse(cls, value: object, style: str = "") -> np.datetime64 | None:
        """Read "2013-01-31 17:30", "2013/1/31", "2013年1月31日", "31 Jan 2013", "2013-01"."""
        if isinstance(value, str):
            moment = _text(value.strip(SPACES), style)
            return None if moment is None else np.datetime64(moment, "us")
        if value is None:
            return None
        if isinstance(value, datetime):
            return np.datetime64(value.replace(tzinfo=None), "us")
        if isinstance(value, date):
            return np.datetime64(value, "us")
        raise ValueError(f"a {type(value).__name__} is no date")

    @classmethod
    def array(cls, values: Sequence[object], style: str = "") -> Values:
        """Read many cells: datetime64[us] (rows,)."""
        if style == "" and all(isinstance(v, str) and _ISO.fullmatch(v) for v in values):
            return np.array(values, dtype="datetime64[us]")
        return np.array([cls.parse(v, style) for v in values], dtype="datetime64[us]")

    @classmethod
    def sql(cls, text: str, style: str = "") -> str:
        """Cast when it is ISO, else bring it into ISO order first."""
        trimmed = trim(text)
        day, clock = (re.sub(r"\?P<\w>", "", text) for text in (_DAYS[style], _CLOCK))
        iso = f"trim(regexp_replace({trimmed}, '^{day}[T ,]*(.*)$', '{_ORDER[style]}'))"
        halves = quoted(["%Y-%m-%d %I:%M %p", "%Y-%m-%d %I:%M:%S %p"])
        slow = (
            f"CASE WHEN regexp_full_match({trimmed}, '{day}{clock}') "
            f"THEN CASE WHEN regexp_matches({trimmed}, '[AaPp][Mm]') "
            f"THEN try_strptime({iso}, [{halves}]) ELSE TRY_CAST({iso} AS TIMESTAMP) END "
            f"WHEN regexp_full_match({trimmed}, '{_MONTH.pattern}') THEN TRY_CAST("
            f"regexp_replace({trimmed}, '^{_MONTH.pattern}$', '\\1-\\2-01') AS TIMESTAMP) "
            f"WHEN regexp_full_match({trimmed}, '{_WORD.pattern}') "
            f"THEN try_strptime({trimmed}, [{quoted(_NAMED)}]) END"
        )
        return f"({slow})" if style else f"coalesce({cls.sql_fast(text)}, {slow})"

    @classmethod
    def sql_fast(cls, text: str) -> str:
        """Cast it, unless words stand in it: DuckDB knows "infinity", and reads past "PM"."""
        cast = f"TRY_CAST({text} AS TIMESTAMP)"
        digits = [f"ascii({edge}) BETWEEN 48 AND 57" for edge in (text, f"right({text}, 1)")]
        sane = f"{digits[0]} AND ({digits[1]} OR suffix({text}, 'Z'))"
        return f"(CASE WHEN {sane} THEN {cast} END)"

    @classmethod
    def sql_missing(cls, text: str) -> str:
        """Also a lone dash or question mark."""
        return f"{trim(text)} IN ({quoted(VAGUE)})"

    @classmethod
    def detect(cls, name: str, sample: Sequence[str]) -> float:  # noqa: ARG003
        """Nine in ten must read as dates."""
        best = max(cls.share(sample, style) for style in cls.styles)
        return best if best >= 0.9 else 0.0

    @classmethod
    def fit(cls, name: str, values: Values, style: str = "") -> Datetime:
        """Keep a cycle only if the train rows span two of it: a network must not extrapolate."""
        known = values[~np.isnat(values)]
        flag = len(known) < len(values)
        if not len(known):
            return cls(column=name, style=style)
        days = float((known.max() - known.min()) / np.timedelta64(1, "D"))
        clocks = bool((known != known.astype("datetime64[D]")).any())
        cycles = tuple(
            cycle for cycle, length in CYCLES.items()
            if days >= 2 * length and (clocks or cycle != "day")
        )  # fmt: skip
        low, high = (str(v.astype("datetime64[s]")) for v in (known.min(), known.max()))
        return cls(column=name, style=style, cycles=cycles, flag=flag, low=low, high=high)

    @classmethod
    def encoder(cls, states: Sequence[Datetime]) -> Encode:
        """Encode column by column; there are few."""

        def encode(columns: Sequence[Values]) -> NDArray[np.float32]:
            parts = [_slots(s, v) for s, v in zip(states, columns, strict=True)]
            return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

        return encode

    @property
    def shape(self) -> tuple[int, ...]:
        """Two slots a cycle, one for the flag."""
        return (2 * len(self.cycles) + self.flag,)

    @property
    def cardinality(self) -> int | None:
        """None: quantities."""
        return None

    def decode(self, encoded: NDArray[np.float32]) -> Values:
        """All missing: cycles do not tell the date."""
        return np.full(len(encoded), np.datetime64("NaT", "us"))

    @classmethod
    def plain(cls, values: Values, *, short: bool = False) -> list[Any]:  # noqa: ARG003
        """ISO texts."""
        return [None if v is None else v.isoformat() for v in values.tolist()]

    def form(self) -> dict[str, Any]:
        """First and last train value."""
        return {"low": self.low, "high": self.high, "example": self.high}


def _text(text: str, style: str) -> datetime | None:
    if text in VAGUE:
        return None
    match = _GRAMMAR[style].fullmatch(text)
    if match:
        return _moment(match)
    month = _MONTH.fullmatch(text)
    if month:
        return datetime(int(month[1]), int(month[2]), 1)
    for form in _NAMED if _WORD.fullmatch(text) else ():
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    raise ValueError(f"{text[:40]!r} is no date")


def _moment(match: re.Match[str]) -> datetime:
    hour = int(match["H"] or 0)
    if match["p"]:
        if not 1 <= hour <= 12:
            raise ValueError(f"{match[0]!r} is no time of day")
        hour = hour % 12 + (12 if match["p"] in "Pp" else 0)
    micro = int(match["f"][:6].ljust(6, "0")) if match["f"] else 0
    return datetime(
        int(match["y"]), int(match["m"]), int(match["d"]),
        hour, int(match["M"] or 0), int(match["S"] or 0), micro,
    )  # fmt: skip


def _slots(state: Datetime, values: Values) -> NDArray[np.float32]:
    """Encode one column (rows,) to (rows, width)."""
    out = np.empty((len(values), state.width), dtype=np.float32)
    missing = np.isnat(values)
    if missing.any():
        values = np.where(missing, np.datetime64(0, "us"), values)
    for i, cycle in enumerate(state.cycles):
        turn = 2 * np.pi * _phase(cycle, values)  # (rows,)
        out[:, 2 * i], out[:, 2 * i + 1] = np.sin(turn), np.cos(turn)
    if state.flag:
        out[:, -1] = missing
    if missing.any():
        out[missing, : 2 * len(state.cycles)] = 0.0
    return out


def _phase(cycle: str, values: Values) -> NDArray[np.float64]:
    """Return where in its cycle each moment lies, 0..1."""
    micros = values.astype(np.int64)
    if cycle in ("day", "week"):
        length = 86_400_000_000 * int(CYCLES[cycle])
        return (micros % length) / length
    unit = "M" if cycle == "month" else "Y"
    start = values.astype(f"datetime64[{unit}]")
    first, after = (m.astype("datetime64[us]").astype(np.int64) for m in (start, start + 1))
    return (micros - first) / (after - first)
