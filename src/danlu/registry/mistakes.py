"""Mistakes: where a model errs on rows whose truth is known: confusion, calibration, residuals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Json = dict[str, Any]
Array = NDArray[Any]
Metrics = Callable[[Array, Array], dict[str, float]]
"""Answers and truth (rows,) to figures, as a task gives them."""

BINS = 10
LARGEST_CELLS = 400
"""Cells of a confusion that are kept; more classes than that are told by their largest ones."""
MOST_CASES = 400
LEAST_A_CELL, MOST_A_CELL = 3, 40
POINTS = 1500
"""Of a residual plot: enough to see a shape."""
DRAWS_BELOW, DRAWS = 4_000_000, (40, 200)
LEVEL = 0.95
FLOOR = 1e-7


def intervals(metrics: Metrics, answer: Array, truth: Array, *, seed: int = 0) -> Json:
    """Return ``{name: {"value", "low", "high"}}``: each figure and its 95 % bootstrap interval.

    >>> share = lambda a, t: {"accuracy": float((a == t).mean())}
    >>> found = intervals(share, np.array([1, 1, 0, 1]), np.array([1, 1, 1, 1]))["accuracy"]
    >>> found["value"], found["low"] < 0.75 < found["high"]
    (0.75, True)
    """
    rows, rng = len(truth), np.random.default_rng(seed)
    draws = int(np.clip(DRAWS_BELOW // max(rows, 1), *DRAWS))
    seen: dict[str, list[float]] = {}
    for _ in range(draws):
        drawn = rng.integers(0, rows, rows)
        for name, value in metrics(answer[drawn], truth[drawn]).items():
            seen.setdefault(name, []).append(value)
    ends = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    found = {}
    for name, value in metrics(answer, truth).items():
        low, high = np.quantile(seen[name], ends)
        found[name] = {"value": value, "low": float(low), "high": float(high)}
    return found


def confusion(truth: Array, said: Array, classes: int) -> list[Json]:
    """Count rows by true class and answered class: the cells that hold any, mistakes first.

    >>> confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)[0]
    {'truth': 0, 'said': 1, 'rows': 1}
    """
    cells, counts = np.unique(truth * classes + said, return_counts=True)
    found = [
        {"truth": int(cell // classes), "said": int(cell % classes), "rows": int(count)}
        for cell, count in zip(cells, counts, strict=True)
    ]
    found.sort(key=lambda cell: (cell["truth"] == cell["said"], -cell["rows"]))
    return found


def by_class(cells: Sequence[Json], classes: int) -> list[Json]:
    """Return ``{"rows", "precision", "recall"}`` of every class; None where nothing can tell."""
    right, true, said = np.zeros(classes), np.zeros(classes), np.zeros(classes)
    for cell in cells:
        true[cell["truth"]] += cell["rows"]
        said[cell["said"]] += cell["rows"]
        if cell["truth"] == cell["said"]:
            right[cell["truth"]] += cell["rows"]
    return [
        {"rows": int(t), "precision": r / s if s else None, "recall": r / t if t else None}
        for r, s, t in zip(right.tolist(), said.tolist(), true.tolist(), strict=True)
    ]


def reliability(scores: Array, truth: Array) -> Json:
    """Compare how sure the answers were with how often they were right, in ten bins.

    Of two classes it is the probability of the second; of more, that of the answered class.
    Returns ``{"of", "bins": [{"low", "high", "rows", "said", "true"}], "error"}``; the error is
    the mean distance, weighed by rows.
    """
    if scores.shape[1] == 2:
        sure, hit, of = scores[:, 1], truth == 1, "second"
    else:
        sure, hit, of = scores.max(axis=1), scores.argmax(axis=1) == truth, "answered"
    place = np.minimum((sure * BINS).astype(int), BINS - 1)
    bins, distance = [], 0.0
    for number in np.unique(place).tolist():
        inside = place == number
        said, true = float(sure[inside].mean()), float(hit[inside].mean())
        distance += abs(said - true) * float(inside.mean())
        bins.append({
            "low": number / BINS, "high": (number + 1) / BINS, "rows": int(inside.sum()),
            "said": said, "true": true,
        })  # fmt: skip
    return {"of": of, "bins": bins, "error": distance}


def residuals(said: Array, truth: Array, *, seed: int = 0) -> Json:
    """Describe the errors of values: a sample of points, ten bands of equal rows, quantiles."""
    error = said - truth
    sample = np.sort(
        np.random.default_rng(seed).permutation(len(truth))[:POINTS]
    )  # the same rows each time
    bands = [
        {
            "said": float(said[rows].mean()), "true": float(truth[rows].mean()),
            "rows": len(rows), "off": float(np.abs(error[rows]).mean()),
        }
        for rows in np.array_split(np.argsort(said, kind="stable"), min(BINS, len(said)))
    ]  # fmt: skip
    low, middle, high = np.quantile(error, [0.05, 0.5, 0.95]).tolist()
    return {
        "points": np.stack([said, truth], axis=1)[sample].tolist(), "bands": bands,
        "bias": float(error.mean()), "p5": low, "p50": middle, "p95": high,
    }  # fmt: skip


def losses(scores: Array, truth: Array) -> Array:
    """Return what each answer of classes (rows, classes) costs: minus the log of its truth."""
    chosen = scores[np.arange(len(truth)), truth]
    found: Array = -np.log(np.maximum(chosen, FLOOR))
    return found


def worst_of_cells(cells: Sequence[Json], truth: Array, said: Array, loss: Array) -> list[int]:
    """Pick the rows to show: of every cell the costliest, the worst of all first."""
    each = int(np.clip(MOST_CASES // max(len(cells), 1), LEAST_A_CELL, MOST_A_CELL))
    order = np.argsort(-loss, kind="stable")
    chosen: list[int] = []
    for cell in cells[:LARGEST_CELLS]:
        inside = order[(truth[order] == cell["truth"]) & (said[order] == cell["said"])]
        chosen += inside[:each].tolist()
    return sorted(chosen, key=lambda row: -float(loss[row]))


def worst_values(said: Array, truth: Array) -> list[int]:
    """Pick the rows whose values are farthest off, the worst first."""
    return np.argsort(-np.abs(said - truth), kind="stable")[:MOST_A_CELL].tolist()  # type: ignore[no-any-return]
