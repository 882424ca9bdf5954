"""One cycle: up to the peak over the first third, then down to almost nothing."""

from __future__ import annotations

import math

from danlu.train.schedules.base import Schedule

_RISE, _START, _END = 0.3, 1 / 25, 1e-4


class OneCycle(Schedule):
    """One long rise and one long fall, both cosines (Smith & Topin, arXiv:1708.07120).

    >>> schedule = OneCycle()
    >>> schedule.factor(0, 100) < schedule.factor(30, 100) > schedule.factor(99, 100)
    True
    """

    def factor(self, step_no: int, steps: int) -> float:
        """Rise from a twenty-fifth to the peak, then fall."""
        peak = max(1.0, _RISE * (steps - 1))
        if step_no <= peak:
            return _between(_START, 1.0, step_no / peak)
        return _between(1.0, _END, (step_no - peak) / max(1.0, steps - 1 - peak))


def _between(low: float, high: float, done: float) -> float:
    return low + (high - low) * (1 - math.cos(math.pi * min(1.0, done))) / 2
