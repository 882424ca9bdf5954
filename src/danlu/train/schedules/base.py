"""Schedule: how the learning rate moves over a trial, as a factor of its peak."""

from __future__ import annotations

from abc import ABC, abstractmethod

from danlu.params import Params


class Schedule(Params, ABC):
    """A pure function of the step; steps count from 0."""

    warmup: float = 0.05
    """Share of all steps over which the factor rises."""

    @abstractmethod
    def factor(self, step_no: int, steps: int) -> float:
        """Return what the peak learning rate is multiplied by, in (0, 1]."""

    def rise(self, step_no: int, steps: int) -> float:
        """Return the linear rise, 1 once it is over."""
        return min(1.0, (step_no + 1) / max(1.0, self.warmup * steps))
