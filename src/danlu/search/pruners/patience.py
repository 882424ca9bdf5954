"""Patience: stop a trial that stands still behind the best; never a slow starter that climbs."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pydantic import Field

from danlu.search.pruners.base import Curves, Pruner, best


class Patience(Pruner):
    """Right for some 20-30 trials, where every trial counts.

    >>> Patience(grace=1, patience=2).stop(
    ...     {0: [0.5, 0.6, 0.9], 1: [0.5, 0.5, 0.5], 2: [0.1, 0.2, 0.3]}, live={0, 1, 2}, epochs=9)
    {1: 'no better for 2 epochs and behind trial 0'}
    """

    grace: int = Field(5, ge=1)
    """Epochs every trial gets."""
    patience: int = Field(4, ge=1)
    """Epochs without a better score."""

    def stop(self, curves: Curves, *, live: Collection[int], epochs: int) -> dict[int, str]:  # noqa: ARG002
        """Stop what is past its grace, no longer improves, and is not the best."""
        if not curves:
            return {}
        leader = max(sorted(curves), key=lambda n: best(curves[n]))
        return {
            n: f"no better for {_stale(curves[n])} epochs and behind trial {leader}"
            for n in sorted(live)
            if n != leader
            and len(curves[n]) > self.grace
            and _stale(curves[n]) >= self.patience
            and best(curves[n]) < best(curves[leader])
        }


def _stale(curve: Sequence[float | None]) -> int:
    """Return the epochs since the best score."""
    top = best(curve)
    at = next((i for i, s in enumerate(curve) if s == top), -1)
    return len(curve) - 1 - at
