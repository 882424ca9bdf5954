"""Drift: how far the rows asked about now lie from those the model was trained on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from danlu.store.records import Json

STABLE, MOVED = 0.1, 0.25
"""Population stability index: below the first nothing happened, above the second a lot."""
LEAST = 1e-4
"""Share given to an empty bin, so that the index stays finite."""


def psi(expected: Sequence[float], found: Sequence[float]) -> float:
    """Return the population stability index of two histograms over the same bins.

    >>> psi([50, 50], [50, 50])
    0.0
    >>> psi([90, 10], [10, 90]) > MOVED
    True
    """
    before, after = (_shares(counts) for counts in (expected, found))
    return float(np.sum((after - before) * np.log(after / before)))


def drift(profile: Json, rows: Sequence[Mapping[str, Any]], *, leave_out: str = "") -> list[Json]:
    """Compare rows with a dataset version's profile, column by column, the most moved first.

    Each entry: ``{"column", "psi", "missing" (share now), "missing_before", "new" (shares of
    values never seen)}``.
    """
    if not rows:
        return []
    total = max(int(profile.get("rows", 0)), 1)
    found = [
        _column(name, column, [row.get(name) for row in rows], total)
        for name, column in profile.get("columns", {}).items() if name != leave_out
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
    return {
        "column": name, "psi": round(index, 4), "missing": missing / len(values),
        "missing_before": int(profile.get("missing", 0)) / total, "new": new,
    }  # fmt: skip


def _binned(numbers: Sequence[float], edges: Sequence[float], bins: int) -> list[int]:
    """Count per bin; what lies outside belongs to the outermost bins."""
    inner = np.asarray(edges[1:-1])
    places = np.searchsorted(inner, np.asarray(numbers), side="right")
    return [int(n) for n in np.bincount(places, minlength=bins)]


def _shares(counts: Sequence[float]) -> np.ndarray:
    values = np.asarray(counts, dtype=np.float64)
    shares: np.ndarray = np.maximum(values / max(values.sum(), 1.0), LEAST)
    return shares


def _number(value: Any) -> float:
    """Read a number or an ISO datetime; NaN when it is neither."""
    try:
        if isinstance(value, str):
            return datetime.fromisoformat(value).replace(tzinfo=None).timestamp()
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
