"""Ensemble: the few trials whose mean answer is best, and whether a baseline joins them."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Answers = NDArray[np.floating[Any]]
Metric = Callable[[Answers], float]
Name = TypeVar("Name", bound=Hashable)
Judge = Callable[[Answers, NDArray[np.int64]], float]
"""Judges the answers for the rows numbered, and only those."""
PARTS = 8
SURE = 2.0
"""Standard errors; of 20 differences that are none, one or two look so sure."""


def greedy(
    answers: Mapping[Name, Answers],
    metric: Metric,
    *,
    k: int = 2,
    maximise: bool = True,
    gain: float = 0.0,
) -> list[Name]:
    """Return at most ``k`` names; a further member must better the metric by more than ``gain``.

    ``answers`` are each candidate's validation answers (rows, ...); of equals the first wins.
    Members weigh the same, because they become one graph that averages (Caruana 2004, without
    repeats).
    """
    sign = 1.0 if maximise else -1.0
    chosen: list[Name] = []
    total: Answers | None = None
    best = float("-inf")
    while len(chosen) < k:
        scores = {
            n: sign * metric(_mean(total, answers[n], len(chosen)))
            for n in answers
            if n not in chosen
        }
        known = {n: s for n, s in scores.items() if np.isfinite(s)}
        winner = max(known, key=lambda n: known[n], default=None)
        if winner is None or (chosen and known[winner] <= best + gain):
            break
        best = known[winner]
        total = answers[winner] if total is None else total + answers[winner]
        chosen.append(winner)
    return chosen


def team(
    networks: Mapping[Name, Answers], baselines: Mapping[Name, Answers], judge: Judge, *,
    k: int, maximise: bool, gain: float = 0.0,
) -> list[Name]:  # fmt: skip
    """Return who answers in the model, at most ``k``: networks first, then a baseline or none.

    Networks together and the baseline weigh the same, see ``shares``: on rows that nobody chose
    on, the even mean of two unlike models is seldom worse than either, while a weight that was
    fitted to few rows often is. One side alone answers when it is better by two standard errors.
    Of the baselines it is the last, unless another is that much better.
    """
    every = np.arange(len(next(iter({**networks, **baselines}.values()), ())))

    def metric(answer: Answers) -> float:
        return judge(answer, every)

    def chosen(most: int) -> list[Name]:
        return greedy(networks, metric, k=most, maximise=maximise, gain=gain)

    if not networks or not baselines:
        return chosen(k) or list(baselines)[-1:]
    if k == 1:
        return greedy({**networks, **baselines}, metric, k=1, maximise=maximise)
    parts = np.array_split(np.random.default_rng(0).permutation(len(every)), PARTS)
    lead = _Lead(judge, [p for p in parts if len(p)], 1.0 if maximise else -1.0)
    *others, steady = baselines
    base = next((n for n in others if lead.is_sure(baselines[n], baselines[steady])), steady)
    alone, joined = chosen(k), chosen(k - 1)
    both = (_even(networks, joined) + baselines[base]) / 2
    if lead.is_sure(_even(networks, alone), both):
        return alone
    return [base] if lead.is_sure(baselines[base], both) else [*joined, base]


def shares(networks: int, baselines: int) -> tuple[float, float]:
    """Return what each network and each baseline of a team weighs.

    >>> shares(3, 1), shares(2, 0), shares(0, 1)
    ((0.16666666666666666, 0.5), (0.5, 0.0), (0.0, 1.0))
    """
    sides = 2 if networks and baselines else 1
    return (
        1 / (sides * networks) if networks else 0.0,
        1 / (sides * baselines) if baselines else 0.0,
    )


@dataclass(frozen=True)
class _Lead:
    """How much better one answer is than another, part by part of the rows."""

    judge: Judge
    parts: list[NDArray[np.int64]]
    sign: float

    def is_sure(self, one: Answers, other: Answers) -> bool:
        gains = np.array([
            self.sign * (self.judge(one[rows], rows) - self.judge(other[rows], rows))
            for rows in self.parts
        ])  # fmt: skip
        if len(gains) < PARTS or not np.isfinite(gains).all():
            return bool(np.isfinite(one).all() and not np.isfinite(other).all())
        return bool(gains.mean() > SURE * gains.std(ddof=1) / math.sqrt(len(gains)))


def _even(answers: Mapping[Name, Answers], names: Sequence[Name]) -> Answers:
    mean: Answers = np.mean([answers[n] for n in names], axis=0)
    return mean


def _mean(total: Answers | None, more: Answers, count: int) -> Answers:
    return more if total is None else (total + more) / (count + 1)
