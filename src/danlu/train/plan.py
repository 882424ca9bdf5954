"""Plan: how many trials of a cohort run as one, measured."""

from __future__ import annotations

from collections.abc import Callable

from danlu.params import Params
from danlu.train.batches import Rows
from danlu.train.cohort import Cohort

WORTH_MEASURING_S = 5.0  # of training; below it a wrong choice costs less than the measurement
REPEATS = 2
MARGIN = 0.9  # one by one must be clearly faster: fusing also saves Python time elsewhere


class Plan(Params):
    """What was chosen, and the clock readings it rests on."""

    together: int
    """Trials per program; the cohort runs in slices of so many."""
    fused_s: float | None = None
    """One step of all trials as one program."""
    alone_s: float | None = None
    """One step of all trials, one after the other."""


def choose(cohort: Cohort, batch: Rows, *, steps: int, now: Callable[[], float]) -> Plan:
    """Time one step fused and one by one, and pick; ``steps`` is all that lies ahead.

    Nothing of the cohort changes. Both ways give the same result up to rounding, so a resumed
    cohort must be told what was chosen.
    """
    count = len(cohort.members)
    if count == 1:
        return Plan(together=1)
    fused_s = _fastest(cohort, batch, together=count, now=now)
    if fused_s * steps < WORTH_MEASURING_S:
        return Plan(together=count, fused_s=round(fused_s, 6))
    alone_s = count * _fastest(cohort, batch, together=1, now=now)
    together = 1 if alone_s < MARGIN * fused_s else count
    return Plan(together=together, fused_s=round(fused_s, 6), alone_s=round(alone_s, 6))


def _fastest(cohort: Cohort, batch: Rows, *, together: int, now: Callable[[], float]) -> float:
    cohort.measure(batch, together)  # the first run records the program
    times = []
    for _ in range(REPEATS):
        started = now()
        cohort.measure(batch, together)
        times.append(now() - started)
    return min(times)
