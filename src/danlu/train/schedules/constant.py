"""Constant: the peak from the end of the warm-up on."""

from __future__ import annotations

from danlu.train.schedules.base import Schedule


class Constant(Schedule):
    """The peak learning rate all along, after a linear rise.

    >>> Constant(warmup=0).factor(7, 10)
    1.0
    """

    def factor(self, step_no: int, steps: int) -> float:
        """Rise, then stay."""
        return self.rise(step_no, steps)
