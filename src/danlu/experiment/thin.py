"""Thin: a long curve as few of its points, so chosen that no spike is lost; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

Point = dict[str, Any]


def thin(curve: Sequence[Point], most: int) -> tuple[Point, ...]:
    """Return at most about ``most`` points: the ends, and the extremes of each stretch.

    >>> flat = [{"epoch": n, "loss": 9.0 if n == 777 else 1.0} for n in range(1, 1001)]
    >>> kept = thin(flat, 20)
    >>> len(kept) <= 20, max(p["loss"] for p in kept), kept[0]["epoch"], kept[-1]["epoch"]
    (True, 9.0, 1, 1000)
    """
    if len(curve) <= most:
        return tuple(curve)
    measures = sorted({name for point in curve for name in point} - {"epoch"})
    stretches = max(1, (most - 2) // (2 * max(1, len(measures))))
    bounds = [round(i * len(curve) / stretches) for i in range(stretches + 1)]
    kept = {0, len(curve) - 1}
    for low, high in pairwise(bounds):
        for measure in measures:
            kept |= _extremes(curve, measure, range(low, high))
    return tuple(curve[place] for place in sorted(kept))


def _extremes(curve: Sequence[Point], measure: str, places: Iterable[int]) -> set[int]:
    known = [(curve[p][measure], p) for p in places if curve[p].get(measure) is not None]
    return {min(known)[1], max(known)[1]} if known else set()
