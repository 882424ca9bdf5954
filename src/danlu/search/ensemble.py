"""Ensemble: the few trials whose mean answer is best, chosen greedily on validation."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Answers = NDArray[np.floating[Any]]
Metric = Callable[[Answers], float]
Name = TypeVar("Name", bound=Hashable)


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


def _mean(total: Answers | None, more: Answers, count: int) -> Answers:
    return more if total is None else (total + more) / (count + 1)
