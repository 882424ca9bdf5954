"""Stability: one number for how far two histograms lie apart."""

from __future__ import annotations

import math
from collections.abc import Sequence

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
    pairs = zip(_shares(expected), _shares(found), strict=True)
    return sum((after - before) * math.log(after / before) for before, after in pairs)


def _shares(counts: Sequence[float]) -> list[float]:
    total = max(float(sum(counts)), 1.0)
    return [max(count / total, LEAST) for count in counts]


def by_chance(bins: int, before: int, now: int) -> float:
    """Return what the index stays below 99 times of 100 though nothing happened.

    The index of two samples of one source is about a chi-squared variable of ``bins - 1`` degrees
    of freedom times (1 / rows + 1 / rows).

    >>> round(by_chance(10, 100_000, 50), 3), round(by_chance(10, 100_000, 5000), 4)
    (0.378, 0.004)
    """
    free = max(bins - 1, 1)
    rows = 1 / max(before, 1) + 1 / max(now, 1)
    return rows * (free + 2.33 * math.sqrt(2 * free))
