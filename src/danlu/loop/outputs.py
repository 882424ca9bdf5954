"""Outputs: whether a model answers now as it did on its own test rows; drift of what it says.

Only its own answers count: another model's lie elsewhere without any drift.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from danlu.loop.drift import Counts, binned
from danlu.store.records import Json

BINS = 10
LABELLED = "accuracy"
"""The metric whose answers are numbers of classes."""


def outline(answers: NDArray[Any], metric: str) -> Json | None:
    """Return ``{"edges", "counts"}`` of answers as they are judged: a bin a class, or deciles.

    >>> outline(np.array([0, 1, 1]), "accuracy")
    {'edges': [-0.5, 0.5, 1.5], 'counts': [1, 2]}
    """
    known = answers[np.isfinite(answers)].astype(float)
    if not len(known):
        return None
    if metric == LABELLED:
        edges = np.arange(-0.5, known.max() + 1)
    else:
        edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)))
    if len(edges) < 2:  # it always says the same
        edges = np.array([edges[0] - 0.5, edges[0] + 0.5])
    bins = len(edges) - 1
    return {"edges": edges.tolist(), "counts": binned(known.tolist(), edges.tolist(), bins)}


def laid_over(before: Json, answers: NDArray[Any]) -> Counts | None:
    """Count answers over the bins of an outline; None without one."""
    known = answers[np.isfinite(answers)].astype(float)
    if not len(known):
        return None
    expected = tuple(before["counts"])
    found = binned(known.tolist(), before["edges"], len(expected))
    return Counts(expected, tuple(found), len(known), 0, 0)


def profile_of(before: Json, name: str) -> Json:
    """Return an outline as a profile of one column."""
    return {"rows": sum(before["counts"]), "columns": {name: {"missing": 0}}}
