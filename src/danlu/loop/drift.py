"""Drift: how far the rows asked about now lie from those the model was trained on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from danlu.data.stability import MOVED, psi
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


def has_moved(one: Mapping[str, Any]) -> bool:
    """Tell whether a column's index is large, and larger than chance makes it."""
    return bool(one["psi"] > max(MOVED, one["by_chance"]))


def drift(
    profile: Json, rows: Sequence[Mapping[str, Any]], *, leave_out: Collection[str] = ()
) -> list[Json]:
    """Compare rows with a dataset version's profile, column by column, the most moved first.

    Each entry: ``{"column", "psi", "by_chance" (what the index may be without drift), "missing"
    (share now), "missing_before", "new" (shares of values never seen)}``.
    """
    if not rows:
        return []
    total = max(int(profile.get("rows", 0)), 1)
    found = [
        _column(name, column, [row.get(name) for row in rows], total)
        for name, column in profile.get("columns", {}).items() if name not in leave_out
    ]  # fmt: skip
    known = [entry for entry in found if entry is not None]
    return sorted(known, key=lambda entry: -entry["psi"])


def _column(name: str, profile: Json, values: Sequence[Any], total: int) -> Json | None:
    """Compare one column over its histogram's bins or its commonest values."""
    present = [v for v in values if v is not None]
    missing = len(values) - len(present)
    new = 0.0
    if profile.get("histogram") and profile["kind"] in ("number", "datetime"):
        edges = [_number(e) for e in profile["histogram"]["edges"]]
        numbers = [n for n in map(_number, present) if math.isfinite(n)]
        expected = list(profile["histogram"]["counts"])
        found = _binned(numbers, edges, len(expected))
    elif profile.get("top") and profile["kind"] != "id":
        known = {str(value): int(count) for value, count in profile["top"]}
        rest = max(total - int(profile.get("missing", 0)) - sum(known.values()), 0)
        counts = Counter(_text(v) for v in present)
        others = sum(c for value, c in counts.items() if value not in known)
        new = others / len(values) if not rest else 0.0
        expected = [*known.values(), rest]
        found = [*(counts[value] for value in known), others]
    else:
        return None
    index = psi([*expected, int(profile.get("missing", 0))], [*found, missing])
    noise = by_chance(len(expected) + 1, total, len(values))
    return {
        "column": name, "psi": round(index, 4), "by_chance": round(noise, 4),
        "missing": missing / len(values), "new": new,
        "missing_before": int(profile.get("missing", 0)) / total,
    }  # fmt: skip


def _binned(numbers: Sequence[float], edges: Sequence[float], bins: int) -> list[int]:
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
