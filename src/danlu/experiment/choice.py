"""Choice: which trials train together and why, in codes, as the planner saw it; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from danlu.experiment.ask import Cost
from danlu.params import Params

Json = dict[str, Any]
Why = Literal["same", "padded", "alone", "unmaskable", "unfusible"]


class Choice(Params):
    """What the planner made of some trials."""

    why: Why
    """``same`` = one program; ``padded`` = several sizes, masked to the largest; ``alone`` = no
    other trial of the batch is near enough; ``unmaskable`` = its sizes cannot be masked, so each
    has a program; ``unfusible`` = the network holds an op that trains one trial at a time."""
    trials: int
    padding: float
    """The work of a step over what its trials would do unpadded: 1 = none is wasted."""
    parts: int
    """Cohorts this group was cut into, so that every slot has work."""
    weight: float
    """Work of a step, in multiply-adds of a row."""


def choices(
    costs: Mapping[int, Cost], cohorts: Sequence[Sequence[int]], how: Mapping[str, str]
) -> list[Choice]:
    """Say of every cohort why it is one; ``how`` tells by key what the desk found possible.

    >>> large, small = (Cost(key="a", macs=macs, parameters=0) for macs in (75_000, 0))
    >>> choices({0: large, 1: small}, [(0, 1)], {"a": "fused"})[0].padding
    1.6
    """
    parts = Counter(costs[cohort[0]].key for cohort in cohorts)
    return [_choice([costs[n] for n in cohort], how, parts) for cohort in cohorts]


def _choice(costs: Sequence[Cost], how: Mapping[str, str], parts: Counter[str]) -> Choice:
    weights = [cost.weight for cost in costs]
    key = costs[0].key
    found: Why = "same" if len(set(weights)) == 1 else "padded"
    if how.get(key) == "unfusible":
        found = "unfusible"
    elif how.get(key) == "unmaskable":
        found = "unmaskable"
    elif len(costs) == 1 and parts[key] == 1:
        found = "alone"
    padded = max(weights) * len(weights)
    return Choice(
        why=found, trials=len(costs), padding=round(padded / sum(weights), 3), parts=parts[key],
        weight=padded,
    )  # fmt: skip
