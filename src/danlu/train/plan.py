"""Plan: how many trials of a cohort run as one, measured."""

from __future__ import annotations

from collections.abc import Callable

from danlu.params import Params

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


def choose(
    measure: Callable[[int], None], count: int, *, steps: int, now: Callable[[], float]
) -> Plan:
    """Time one step of ``count`` trials fused and one by one, and pick.

    ``measure(n)`` runs one step of n trials and changes nothing; ``steps`` is all that lies
    ahead. Both ways give the same result up to rounding, so a resumed cohort must be told what
    was chosen.
    """
    if count == 1:
        return Plan(together=1)
    fused_s = _fastest(measure, count, now)
    if fused_s * steps < WORTH_MEASURING_S:
        return Plan(together=count, fused_s=round(fused_s, 6))
    alone_s = count * _fastest(measure, 1, now)
    together = 1 if alone_s < MARGIN * fused_s else count
    return Plan(together=together, fused_s=round(fused_s, 6), alone_s=round(alone_s, 6))


def _fastest(measure: Callable[[int], None], together: int, now: Callable[[], float]) -> float:
    measure(together)  # the first run records the program
    times = []
    for _ in range(REPEATS):
        started = now()
        measure(together)
        times.append(now() - started)
    return min(times)
