"""Halving: at each rung only the best part of the trials goes on."""

from __future__ import annotations

import math
from collections.abc import Collection

from pydantic import Field

from danlu.search.pruners.base import Curves, Pruner, best


class Halving(Pruner):
    """Successive halving (Jamieson & Talwalkar, arXiv:1502.07943) inside a cohort.

    >>> Halving(first=2, eta=2).stop({0: [0.5, 0.6], 1: [0.5, 0.5]}, live={0, 1}, epochs=8)
    {1: '2nd of 2 at epoch 2, 1 goes on'}
    """

    first: int = Field(3, ge=1)
    """Epochs before the first rung."""
    eta: int = Field(3, ge=2)
    """One in so many goes on; the next rung is so many times later."""

    def stop(self, curves: Curves, *, live: Collection[int], epochs: int) -> dict[int, str]:
        """At a rung, rank the live trials by their best score and stop all but the top share."""
        done = max((len(curves[n]) for n in live), default=0)
        if done not in self._rungs(epochs):
            return {}
        here = sorted(
            (n for n in live if len(curves[n]) == done), key=lambda n: (-best(curves[n]), n)
        )
        kept = math.ceil(len(here) / self.eta)
        return {
            n: f"{_place(i + 1)} of {len(here)} at epoch {done}, {kept} go{'es' * (kept == 1)} on"
            for i, n in enumerate(here)
            if i >= kept
        }

    def _rungs(self, epochs: int) -> list[int]:
        found, rung = [], self.first
        while rung < epochs:
            found.append(rung)
            rung *= self.eta
        return found


def _place(number: int) -> str:
    last = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{last}"
