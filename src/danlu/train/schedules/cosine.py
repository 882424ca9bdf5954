"""Cosine: a linear rise, then half a cosine down to one hundredth of the peak."""

from __future__ import annotations

import math

from danlu.train.schedules.base import Schedule

_FLOOR = 0.01


class Cosine(Schedule):
    """Fast at first, slow at the end (Loshchilov & Hutter, arXiv:1608.03983).

    >>> round(Cosine(warmup=0).factor(5, 11), 3)
    0.505
    """

    def factor(self, step_no: int, steps: int) -> float:
        """Rise over the warm-up, then fall along the cosine."""
        start = self.warmup * steps
        if step_no + 1 < start:
            return self.rise(step_no, steps)
        done = min(1.0, (step_no - start) / max(1.0, steps - 1 - start)) if steps > 1 else 0.0
        return _FLOOR + (1 - _FLOOR) * (1 + math.cos(math.pi * max(0.0, done))) / 2
