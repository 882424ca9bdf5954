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
