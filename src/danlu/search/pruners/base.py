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
        """Return the live trials to stop now and why; ``epochs`` is the longest budget."""


def best(curve: Sequence[float | None]) -> float:
    """Return the best score so far; minus infinity without one."""
    return max((s for s in curve if s is not None), default=float("-inf"))
