"""Ask: which trials come next, and which of them train together; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from danlu.catalog import Catalog
from danlu.experiment.plan import Spec
from danlu.params import Params
from danlu.search.portfolio import portfolio
from danlu.search.samplers.base import Sampler
from danlu.space import from_json
from danlu.store.records import Trial
from danlu.train.recipe import PREFIX

Json = dict[str, Any]
SAMPLERS: Catalog[Sampler] = Catalog("danlu.search.samplers", Sampler)  # type: ignore[type-abstract]
ASKS = 3
FEWEST, MOST = 4, 32
UNEVEN = 1.6
"""A cohort may cost so many times its fair share of a slot before it is cut in two."""


class Cost(Params):
    """What one trial is to the planner: its program, and how heavy a row is."""

    key: str
    macs: int
    parameters: int

    @property
    def weight(self) -> float:
        """Work of a step, in multiply-adds of a row: products, passes over weights, Python.

        Measured with 64 rows a step on one core; of two cohorts only the ratio matters.
        """
        return float(self.macs + self.parameters + 25_000)


def batch_of(trials: int, done: int) -> int:
    """Return how many trials to ask for next: few asks, so that cohorts are full; never one.

    >>> batch_of(24, 0), batch_of(24, 16), batch_of(5, 4), batch_of(1000, 0)
    (8, 8, 1, 32)
    """
    return min(trials - done, max(FEWEST, min(MOST, -(-trials // ASKS))))


def group(costs: Mapping[int, Cost], slots: int) -> list[tuple[int, ...]]:
    """Put trials of equal programs together, then cut so that every slot has work.

    The heaviest cohort comes first: it must not be the last to start.
    """
    programs: dict[str, list[int]] = {}
    for number in sorted(costs):
        programs.setdefault(costs[number].key, []).append(number)
    cohorts = [  # by size, so that halves pad less
        tuple(sorted(numbers, key=lambda n: (-costs[n].weight, n))) for numbers in programs.values()
    ]

    def weight(cohort: tuple[int, ...]) -> float:
        return sum(costs[n].weight for n in cohort)

    fair = UNEVEN * sum(weight(c) for c in cohorts) / slots
    while True:
        cohorts.sort(key=lambda c: (-weight(c), c))
        wide = next((c for c in cohorts if len(c) > 1 and weight(c) > fair), None)
        if wide is None:
            return cohorts
        cohorts.remove(wide)
        cohorts += halves(wide)


def halves(cohort: Sequence[int]) -> list[tuple[int, ...]]:
    """Cut a cohort in two.

    >>> halves((1, 2, 3))
    [(1, 2), (3,)]
    """
    middle = (len(cohort) + 1) // 2
    return [tuple(cohort[:middle]), tuple(cohort[middle:])]


def ask(spec: Spec, plan: Mapping[str, Any], known: Sequence[Trial]) -> list[Json]:
    """Return the values of the next trials: a pure function of what was asked and how it ended.

    First what is known to be good (yesterday's winner before all), then what the sampler makes of
    every trial so far.
    """
    count = batch_of(spec.trials, len(known))
    space = from_json(plan["space"])
    earlier = [*([spec.warm.values] if spec.warm else []), *plan.get("earlier", [])]
    first = portfolio(
        space, defaults_of(plan), task=plan["task"], earlier=earlier, n=spec.trials
    )[len(known) :]  # fmt: skip
    past = sorted(known, key=lambda t: t.number)
    history = [(t.values, t.metric) for t in past]
    costs = [plan.get("costs", {}).get(str(t.number)) for t in past]
    started = first[:count]
    history += [(values, None) for values in started]
    sampler = SAMPLERS.get(spec.sampler)()
    more = sampler.suggest(
        space, history, n=count - len(started), seed=spec.seed, maximise=plan["maximise"],
        costs=[*costs, *(None for _ in started)],
    )  # fmt: skip
    return started + more


def defaults_of(plan: Mapping[str, Any]) -> Json:
    """Return what network and recipe say of every field: ``{"dense_1.units": 64, ...}``."""
    nodes = plan["network"]["nodes"]
    fields = {
        f"{name}.{field}": value
        for name, node in nodes.items()
        for field, value in node.get("params", {}).items()
    }
    return fields | {PREFIX + name: value for name, value in plan["recipe"].items()}
