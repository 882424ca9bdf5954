"""Drift: how far the rows asked about now lie from those the model was trained on."""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from danlu.data.stability import MOVED, psi
from danlu.registry.promote import FEWEST_ROWS
from danlu.store.records import Json

CERTAIN = 1.645
"""Standard deviations of a one-sided 95 %."""


def by_chance(bins: int, before: int, now: int) -> float:
    """Return how large the index gets without any drift, 19 times of 20: it is never zero.

    Unchanged, it is distributed like a chi-squared of ``bins - 1`` degrees times (1/before + 1/now)
    (Yurdakul 2018, "Statistical properties of population stability index").

    >>> by_chance(20, before=50_000, now=100) > MOVED > by_chance(20, before=50_000, now=1000)
    True
    """
    free = max(bins - 1, 1)
    return (free + CERTAIN * math.sqrt(2 * free)) * (1 / max(before, 1) + 1 / max(now, 1))


@dataclass(frozen=True)
class Counts:
    """One column's rows over the bins of the data that was learnt from; days of it add up."""

    expected: tuple[int, ...]
    found: tuple[int, ...]
    rows: int
    missing: int
    new: int
    """Values never seen; 0 where rare values were not kept apart."""

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.expected, tuple(map(operator.add, self.found, other.found)),
            self.rows + other.rows, self.missing + other.missing, self.new + other.new,
        )  # fmt: skip


def drift(
    profile: Json, rows: Sequence[Mapping[str, Any]], *, leave_out: Collection[str] = ()
) -> list[Json]:
    """Compare rows with a dataset version's profile, column by column, the most moved first."""
    return compared(profile, counted(profile, rows, leave_out=leave_out))


def counted(
    profile: Json, rows: Sequence[Mapping[str, Any]], *, leave_out: Collection[str] = ()
) -> dict[str, Counts]:
    """Count rows over the bins of a profile."""
    if not rows:
        return {}
    found = {
        name: _column(column, [row.get(name) for row in rows], int(profile.get("rows", 0)))
        for name, column in profile.get("columns", {}).items() if name not in leave_out
    }  # fmt: skip
    return {name: counts for name, counts in found.items() if counts is not None}


def compared(profile: Json, counts: Mapping[str, Counts]) -> list[Json]:
    """Return what the counts say, the most moved first.

    Each entry: ``{"column", "of" ("column"), "psi", "by_chance" (what the index may be without
    drift), "missing" (share now), "missing_before", "new" (share of values never seen), "moved"}``.
    """
    total = max(int(profile.get("rows", 0)), 1)
    found = []
    for name, one in counts.items():
        before = int(profile["columns"][name].get("missing", 0))
        index = psi([*one.expected, before], [*one.found, one.missing])
        noise = by_chance(len(one.expected) + 1, total, one.rows)
        moved = one.rows >= FEWEST_ROWS and index > max(MOVED, noise)
        found.append(
            {
                "column": name, "of": "column",
                "psi": round(index, 4), "by_chance": round(noise, 4),
                "missing": one.missing / one.rows, "missing_before": before / total,
                "new": one.new / one.rows, "moved": moved,
            }
        )  # fmt: skip
    return sorted(found, key=lambda entry: -float(entry["psi"]))


def _column(profile: Json, values: Sequence[Any], total: int) -> Counts | None:
    """Count one column over its histogram's bins or its commonest values."""
    present = [v for v in values if v is not None]
    missing = len(values) - len(present)
    if profile.get("histogram") and profile["kind"] in ("number", "datetime"):
        edges = [_number(e) for e in profile["histogram"]["edges"]]
        numbers = [n for n in map(_number, present) if math.isfinite(n)]
        expected = tuple(profile["histogram"]["counts"])
        found = binned(numbers, edges, len(expected))
        return Counts(expected, tuple(found), len(values), missing, 0)
    if not profile.get("top") or profile["kind"] == "id":
        return None
    known = {_text(value): int(count) for value, count in profile["top"]}
    rest = max(total - int(profile.get("missing", 0)) - sum(known.values()), 0)
    counts = Counter(_text(v) for v in present)
    others = sum(c for value, c in counts.items() if value not in known)
    return Counts(
        (*known.values(), rest), (*(counts[value] for value in known), others), len(values),
        missing, 0 if rest else others,
    )  # fmt: skip


def binned(numbers: Sequence[float], edges: Sequence[float], bins: int) -> list[int]:
    """Count per bin; what lies outside belongs to the outermost bins."""
    inner = np.asarray(edges[1:-1])
    places = np.searchsorted(inner, np.asarray(numbers), side="right")
    return [int(n) for n in np.bincount(places, minlength=bins)]


def _number(value: Any) -> float:
    """Read a number or an ISO datetime; NaN when it is neither."""
    try:
        return float(value)
    except TypeError:
        return math.nan
    except ValueError:
        return _moment(str(value))


def _moment(text: str) -> float:
    """Read an ISO datetime as seconds; the zone of the machine must not matter."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return math.nan


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
