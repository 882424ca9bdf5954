"""Importance: how much of the differences between trials each searched field explains."""

from __future__ import annotations

from collections.abc import Mapping

from optuna.importance import FanovaImportanceEvaluator, get_param_importances

from danlu.search.cube import cells
from danlu.search.history import History
from danlu.search.study import study_of
from danlu.space import Domain

FEWEST = 4
"""Results below which nothing can be said."""


def importance(
    space: Mapping[str, Domain], history: History, *, maximise: bool, seed: int
) -> dict[str, float]:
    """Share of the variance per field, most important first, by fANOVA over a random forest.

    Hutter 2014. Empty when fewer than four trials have a result, or all have the same.
    """
    moving = {key: domain for key, domain in space.items() if cells(domain) != 1}
    study = study_of(moving, history, maximise=maximise)
    known = {t.value for t in study.get_trials(deepcopy=False) if t.value is not None}
    if len(study.get_trials(deepcopy=False)) < FEWEST or len(known) < 2 or not moving:
        return {}
    evaluator = FanovaImportanceEvaluator(seed=seed % 2**32)
    found = get_param_importances(study, evaluator=evaluator, params=list(moving))
    return {key: round(float(share), 4) for key, share in found.items()}
