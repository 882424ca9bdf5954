"""Schedule: how the learning rate moves over a trial, as a factor of its peak."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from danlu.params import Params


class Schedule(Params, ABC):
    """A pure function of the step, and of the scores before its epoch; steps count from 0."""

    warmup: float = 0.05
    """Share of all steps over which the factor rises."""

    @abstractmethod
    def factor(self, step_no: int, steps: int) -> float:
        """Return what the peak learning rate is multiplied by, in (0, 1]."""

    def cut(self, scores: Sequence[float | None]) -> float:  # noqa: ARG002
        """Return what the factor is multiplied by after epochs with such scores, in (0, 1].

        More is better; None where an epoch could not be judged.
        """
        return 1.0

    def rise(self, step_no: int, steps: int) -> float:
        """Return the linear rise, 1 once it is over."""
        return min(1.0, (step_no + 1) / max(1.0, self.warmup * steps))
