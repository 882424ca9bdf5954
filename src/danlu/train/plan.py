"""Plan: how many trials of a cohort run as one, and whether compiled: measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from danlu.params import Params
from danlu.train.compiled import NoCompilerError
from danlu.train.recipe import Precision

WORTH_MEASURING_S = 5.0  # of training; below it a wrong choice costs less than the measurement
WORTH_COMPILING_S = 90.0  # compiling takes some ten seconds, and saves about a third
REPEATS = 2
MARGIN = 0.9  # another way must be clearly faster: what is measured is noisy


class Measure(Protocol):
    """Runs one step of some trials and changes nothing."""

    def __call__(self, together: int, *, compiled: bool = False) -> None:
        """Run ``together`` trials as one program."""
        ...


class Plan(Params):
    """What was chosen, and the clock readings it rests on."""

    together: int
    """Trials per program; the cohort runs in slices of so many."""
    compiled: bool = False
    """Whether the program is compiled."""
    fused_s: float | None = None
    """One step of all trials as one program."""
    alone_s: float | None = None
    """One step of all trials, one after the other."""
    compiled_s: float | None = None
    """One step of all trials, compiled."""
    uncompiled: str = ""
    """Why it could not be tried."""
    device: str = "cpu"
    precision: Precision = "float32"

    def pays_still(self, share: float, steps: int) -> bool:
        """Whether a ``share`` of the trials is worth compiling anew for the steps that are left."""
        return self.compiled and (self.compiled_s or 0.0) * share * steps >= WORTH_COMPILING_S


def choose(
    measure: Measure, count: int, *, steps: int, now: Callable[[], float],
    compiles: bool = False, programs: int = 1,
) -> Plan:  # fmt: skip
    """Time one step of ``count`` trials fused, one by one, and compiled, and pick.

    ``steps`` is all that lies ahead, ``programs`` how many it takes to run one by one: each has to
    be recorded first. All ways give the same result up to rounding, so a resumed
    cohort must be told what was chosen.
    """
    fused_s = _fastest(lambda: measure(count), now)[0]
    if fused_s * steps < WORTH_MEASURING_S:
        return Plan(together=count, fused_s=round(fused_s, 6))
    alone_s = fused_s
    if count > 1:
        one_s, recording_s = _fastest(lambda: measure(1), now)
        alone_s = count * one_s + (programs - 1) * recording_s / steps
    together = 1 if alone_s < MARGIN * fused_s else count
    plan = Plan(together=together, fused_s=round(fused_s, 6), alone_s=round(alone_s, 6))
    best_s = min(fused_s, alone_s)
    ahead_s = best_s * steps / (programs if together == 1 else 1)  # of one program
    if not compiles or ahead_s < WORTH_COMPILING_S:
        return plan
    try:
        once_s = _fastest(lambda: measure(together, compiled=True), now)[0]
    except NoCompilerError as error:
        return plan.model_copy(update={"uncompiled": str(error)})
    compiled_s = once_s * count / together
    return plan.model_copy(
        update={"compiled_s": round(compiled_s, 6), "compiled": compiled_s < MARGIN * best_s}
    )


def _fastest(run: Callable[[], None], now: Callable[[], float]) -> tuple[float, float]:
    """Return how long a run takes, and how much longer the first, which records the program."""
    started = now()
    run()
    first_s = now() - started
    times = []
    for _ in range(REPEATS):
        started = now()
        run()
        times.append(now() - started)
    return min(times), max(0.0, first_s - min(times))
