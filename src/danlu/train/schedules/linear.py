"""Linear: a linear rise, then a straight line down to one hundredth of the peak."""

from __future__ import annotations

from danlu.train.schedules.base import Schedule

_FLOOR = 0.01


class Linear(Schedule):
    """What most transformers are trained with.

    >>> round(Linear(warmup=0).factor(5, 11), 3)
    0.505
    """

    def factor(self, step_no: int, steps: int) -> float:
        """Rise over the warm-up, then fall evenly."""
        start = self.warmup * steps
        if step_no + 1 < start:
            return self.rise(step_no, steps)
        done = (step_no - start) / max(1.0, steps - 1 - start) if steps > 1 else 0.0
        return 1 - (1 - _FLOOR) * min(1.0, max(0.0, done))
