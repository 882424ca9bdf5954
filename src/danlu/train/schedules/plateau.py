"""Plateau: the peak until validation stands still, then a third of it, and so on."""

from __future__ import annotations

from collections.abc import Sequence

from danlu.train.schedules.base import Schedule

_FLOOR = 1e-3


class Plateau(Schedule):
    """For trainings whose length is not known: it looks at what was reached, not at the clock.

    >>> Plateau(after=2, by=0.5).cut([0.7, 0.8, 0.8, 0.79])
    0.5
    """

    after: int = 3
    """Epochs without a better score; fewer than `recipe.patience`, or the trial ends first."""
    by: float = 1 / 3

    def factor(self, step_no: int, steps: int) -> float:
        """Rise, then stay."""
        return self.rise(step_no, steps)

    def cut(self, scores: Sequence[float | None]) -> float:
        """Cut whenever so many epochs in a row were no better than the best before."""
        best, stale, factor = float("-inf"), 0, 1.0
        for score in scores:
            if score is not None and score > best:
                best, stale = score, 0
            else:
                stale += 1
            if stale == self.after:
                factor, stale = factor * self.by, 0
        return max(_FLOOR, factor)
