"""Pruner: which trials are not worth going on with, from their curves alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence

from danlu.params import Params

Curves = Mapping[int, Sequence[float | None]]
"""Trial number -> one score an epoch, more is better; None = it could not be measured."""


class Pruner(Params, ABC):
    """A pure function of the curves: same curves, same answer."""

    @abstractmethod
    def stop(self, curves: Curves, *, live: Collection[int], epochs: int) -> dict[int, str]:
        """Return the live trials to stop now and why; ``epochs`` is the longest budget.

        ``curves`` has the live ones, their mates that have ended, and every trial that had ended
        before any of these began; those others may have come further.
        """


def score(metric: float | None, loss: float | None, *, maximise: bool) -> float | None:
    """Return what epochs are compared by: the main metric, or the loss where it does not exist.

    >>> score(0.3, 1.0, maximise=False), score(None, 1.0, maximise=True)
    (-0.3, -1.0)
    """
    if metric is not None:
        return metric if maximise else -metric
    return None if loss is None else -loss


def best(curve: Sequence[float | None]) -> float:
    """Return the best score so far; minus infinity without one."""
    return max((s for s in curve if s is not None), default=float("-inf"))
