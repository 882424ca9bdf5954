"""Halving: at each rung only the best part of the trials goes on."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from pydantic import Field

from danlu.search.pruners.base import Curves, Pruner, best


class Halving(Pruner):
    """Successive halving (Jamieson & Talwalkar, arXiv:1502.07943), cohort by cohort.

    Who is among the best of its cohort must also be among the best of all that came so far, by
    what those had reached at the same rung (as in Li et al., arXiv:1810.05934).

    >>> Halving(first=2, eta=2).stop({0: [0.5, 0.6], 1: [0.5, 0.5]}, live={0, 1}, epochs=8)
    {1: '2nd of 2 at epoch 2, 1 goes on'}
    >>> Halving(first=2, eta=2).stop({0: [0.8, 0.9, 0.9], 3: [0.5, 0.6]}, live={3}, epochs=8)
    {3: '2nd of 2 at epoch 2, 1 goes on'}
    """

    first: int = Field(3, ge=1)
    """Epochs before the first rung."""
    eta: int = Field(3, ge=2)
    """One in so many goes on; the next rung is so many times later."""

    def stop(self, curves: Curves, *, live: Collection[int], epochs: int) -> dict[int, str]:
        """At a rung, rank the trials by their best score so far and stop all but the top share."""
        done = max((len(curves[n]) for n in live), default=0)
        if done not in self._rungs(epochs):
            return {}
        reached = {n: best(c[:done]) for n, c in curves.items() if len(c) >= done}
        mates = {n: reached[n] for n in live if n in reached}
        among_all, among_mates = self._behind(reached, done), self._behind(mates, done)
        return {n: why for n, why in (among_all | among_mates).items() if n in mates}

    def _behind(self, reached: Mapping[int, float], done: int) -> dict[int, str]:
        """Return who is not in the top share, and why."""
        here = sorted(reached, key=lambda n: (-reached[n], n))
        kept = math.ceil(len(here) / self.eta)
        goes = f"{kept} go{'es' * (kept == 1)} on"
        return {
            n: f"{_place(i + 1)} of {len(here)} at epoch {done}, {goes}"
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
