"""Buckets: which of the trials that could train as one should; sizes cost padding. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

COHORT = 400_000.0
"""What a cohort of its own costs beside its trials, in the unit of `ask.Cost.weight`: the fixed
part of its steps and the recording of its program."""
WASTE = 2.0
"""A padded cohort costs at most so many times what its trials cost."""


class Bucket(NamedTuple):
    """Trials that train as one, and what each costs padded to the largest."""

    trials: tuple[int, ...]
    own: float
    """What they cost unpadded, all together."""
    each: float

    @property
    def total(self) -> float:
        """What they cost as one."""
        return COHORT + len(self.trials) * self.each


def buckets(
    alone: Sequence[tuple[int, float]], padded: Callable[[tuple[int, ...]], float], *, slots: int
) -> list[tuple[int, ...]]:
    """Join neighbours in cost, and stop where all are done first when ``slots`` share the work.

    ``alone`` gives trials and their weights, ``padded`` what one trial weighs in the network that
    holds all of some.

    >>> largest = lambda trials: 1e5 if 0 in trials else 8e4
    >>> buckets([(0, 9e4), (1, 8e4), (2, 8e3)], largest, slots=1)
    [(0, 1, 2)]
    >>> largest = lambda trials: 9e6 if 0 in trials else 8e6
    >>> buckets([(0, 9e6), (1, 8e6), (2, 8e3)], largest, slots=1)
    [(0,), (1,), (2,)]
    """
    found = _programs(alone, padded)
    best, soonest = found, _done(found, slots)
    while len(found) > 1:
        pairs = list(pairwise(found))
        unions = [_join(a, b, padded) for a, b in pairs]
        losses = [j.total - a.total - b.total if _is_lean(j) else float("inf")
                  for (a, b), j in zip(pairs, unions, strict=True)]  # fmt: skip
        least = min(range(len(losses)), key=lambda i: losses[i])
        if losses[least] == float("inf"):
            break
        found = [*found[:least], unions[least], *found[least + 2 :]]
        if _done(found, slots) < soonest:
            best, soonest = found, _done(found, slots)
    return [bucket.trials for bucket in best]


def _programs(
    alone: Sequence[tuple[int, float]], padded: Callable[[tuple[int, ...]], float]
) -> list[Bucket]:
    """Put trials together that cost no padding, the dearest first."""
    found: list[Bucket] = []
    for number, weight in sorted(alone, key=lambda pair: (-pair[1], pair[0])):
        one = Bucket((number,), weight, weight)
        same = bool(found) and weight == found[-1].each
        joined = _join(found[-1], one, padded) if same else one
        if same and joined.each == weight:
            found[-1] = joined
        else:
            found.append(one)
    return found


def _done(found: Sequence[Bucket], slots: int) -> tuple[float, float]:
    """Return when the last slot is done if the dearest go first; of equals, less work is better."""
    busy = [0.0] * slots
    for total in sorted((bucket.total for bucket in found), reverse=True):
        busy[busy.index(min(busy))] += total
    return max(busy), sum(busy)


def _join(a: Bucket, b: Bucket, padded: Callable[[tuple[int, ...]], float]) -> Bucket:
    trials = a.trials + b.trials
    return Bucket(trials, a.own + b.own, padded(trials))


def _is_lean(bucket: Bucket) -> bool:
    return len(bucket.trials) * bucket.each <= WASTE * bucket.own
