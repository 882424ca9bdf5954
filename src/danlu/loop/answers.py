"""Answers: what models said, in the form in which the task's main metric is judged, and the truth.

The same rows can be answered twice: as they were served (from the log), and by any bundle now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from danlu.data.dataset import Column
from danlu.registry.promote import metric_of
from danlu.serve.decoder import Decoder
from danlu.serve.log_reader import Logged
from danlu.serve.runtime import Runtime
from danlu.store.records import Json
from danlu.tasks.base import Task

Array = NDArray[Any]
DRAWS = 200
LEVEL = 0.9
FEWEST_ROWS = 30
"""With fewer no metric is said: it would be a guess."""


def in_order(scores: Array, decoder: Decoder, task: Task) -> Array:
    """Put a model's scores into the order of the task's classes: (rows, classes) or (rows,)."""
    if decoder.form == "value":
        return scores
    places = {label: place for place, label in enumerate(decoder.classes)}
    none = np.zeros(len(scores))
    wanted = [places.get(label) for label in task.decoder()["classes"]]
    return np.stack([none if place is None else scores[:, place] for place in wanted], axis=1)


def judged(scores: Array, task: Task) -> Array:
    """Bring ordered scores into the form of the main metric: (rows,)."""
    if task.main_metric == "auc":
        return scores[:, 1]
    return scores.argmax(axis=1) if task.main_metric == "accuracy" else scores


def truth_of(values: Array, encoded: Array, task: Task) -> Array:
    """Return the truth as the main metric reads it: (rows,).

    A regression codes its target for training, while its answers are in the target's own unit.
    """
    return values.astype(float) if task.main_metric == "rmse" else encoded


def served(found: Sequence[Logged], task: Task) -> Array:
    """Return what the log says was answered: (rows,)."""
    decoder = Decoder.model_validate(task.decoder())
    if decoder.form == "value":
        return np.array([entry.answer.get("value", np.nan) for entry in found], dtype=float)
    rows = [entry.answer.get("probabilities") or {} for entry in found]
    scores = np.array([[row.get(name, 0.0) for name in decoder.names] for row in rows])
    return judged(scores.reshape(len(found), len(decoder.names)), task)


def answered(found: Sequence[Logged], model: Runtime, task: Task) -> Array:
    """Let a model answer what was asked then: (rows,)."""
    if not found:
        return np.empty(0)
    decoder = model.bundle.decoder
    scores = decoder.scores(model.raw([entry.row for entry in found]))
    return judged(in_order(scores, decoder, task), task)


def told(found: Sequence[Logged], task: Task, column: Column) -> tuple[list[Logged], Array]:
    """Return the predictions whose truth can be read, and that truth: (rows,)."""
    values = [_read(entry, column) for entry in found]
    array = column.type.array([v for v in values if v is not None], column.style)
    kept = [entry for entry, value in zip(found, values, strict=True) if value is not None]
    encoded = task.encode(array)
    known = task.known(encoded)
    truth = truth_of(array, encoded, task)[known]
    return [entry for entry, is_known in zip(kept, known, strict=True) if is_known], truth


def value_of(metric: str, answer: Array, truth: Array) -> Json | None:
    """Return ``{"value", "low", "high", "rows"}``: a metric and its 90 % interval by bootstrap."""
    rows = len(truth)
    if rows < FEWEST_ROWS:
        return None
    measure = metric_of(metric, answer, truth)  # type: ignore[arg-type]  # a task's main metric
    value = measure(np.ones(rows))
    if not np.isfinite(value):
        return None
    rng = np.random.default_rng(0)
    draws = [
        measure(np.bincount(rng.integers(0, rows, rows), minlength=rows).astype(float))
        for _ in range(DRAWS)
    ]
    known = np.array([d for d in draws if np.isfinite(d)] or [value])
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return {"value": float(value), "low": float(low), "high": float(high), "rows": rows}


def _read(entry: Logged, column: Column) -> Any:
    """Return the truth in a form the column takes; None where it is none of its kind."""
    truth = entry.feedback.truth if entry.feedback else None
    try:
        column.type.parse(truth, column.style)
    except ValueError:
        return None
    return truth
