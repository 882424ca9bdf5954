"""Baselines (a job): what a network must beat: saying the usual, a linear model, boosted trees.

They learn from the same encoded train rows and are judged on the same validation rows.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import MaxAbsScaler, OneHotEncoder

from danlu.params import Params
from danlu.tasks.base import Task, load
from danlu.tasks.regression import Regression
from danlu.tensor import TensorType

Json = dict[str, Any]
Array = NDArray[Any]
Answer = Callable[[Array], Array]
"""From features (rows, slots) to answers as served."""

LINEAR_ROWS, TREE_ROWS = 20_000, 100_000
"""Train rows used at most, so that no baseline takes longer than the search."""
LEVELS = 100
"""Categories of a column that get a slot of their own; the rest are one more."""
TREES = 100


class BaselineArgs(Params):
    """Where the encoded data lies."""

    encoded: Path
    seed: int = 0


def run(args: Json, report: Any) -> Json:
    """Return ``{"rows": [{"name", "metric", "metrics", "seconds", "train_rows"}]}``."""
    del report
    given = BaselineArgs.model_validate(args)
    meta = json.loads((given.encoded / "meta.json").read_text("utf-8"))
    task = load(meta["task_state"])
    levels = _levels(meta)
    x, y = _split(given.encoded, meta, "train")
    x_valid, y_valid = _split(given.encoded, meta, "valid")
    order = np.random.default_rng(given.seed).permutation(len(y))
    makers = {"usual": _usual, "linear": _linear, "boosted trees": _trees}
    caps = {"usual": len(y), "linear": LINEAR_ROWS, "boosted trees": TREE_ROWS}
    rows = []
    for name, make in makers.items():
        began = time.perf_counter()
        used = np.sort(order[: caps[name]])
        metrics = task.metrics(make(task, x[used], y[used], levels)(x_valid), y_valid)
        rows.append(
            {
                "name": name, "metric": metrics[task.main_metric], "metrics": metrics,
                "seconds": round(time.perf_counter() - began, 3), "train_rows": len(used),
            }
        )  # fmt: skip
    return {"rows": rows}


def _usual(task: Task, x: Array, y: Array, levels: Array) -> Answer:
    """Answer the mean, or the share of each class, whatever the row."""
    del x, levels
    if isinstance(task, Regression):
        return lambda rows: np.full(len(rows), _unit(task, float(y.mean())))
    counts = np.bincount(y, minlength=_classes(task)) / len(y)
    return lambda rows: np.tile(counts, (len(rows), 1))


def _linear(task: Task, x: Array, y: Array, levels: Array) -> Answer:
    """Fit ridge or logistic regression on numbers and one-hot categories."""
    is_category = levels > 0
    hot = OneHotEncoder(handle_unknown="ignore")
    if is_category.any():
        hot.fit(_capped(x, is_category, LEVELS))
    scaler = MaxAbsScaler()

    def features(rows: Array) -> Any:
        numbers = sparse.csr_array(rows[:, ~is_category])
        if not is_category.any():
            return numbers
        return sparse.hstack([numbers, hot.transform(_capped(rows, is_category, LEVELS))]).tocsr()

    table = scaler.fit_transform(features(x))
    if isinstance(task, Regression):
        ridge = Ridge(alpha=1.0).fit(table, y)
        return lambda rows: _unit(task, ridge.predict(scaler.transform(features(rows))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        logistic = LogisticRegression(max_iter=200).fit(table, y)
    return lambda rows: _probabilities(
        task, logistic.classes_, logistic.predict_proba(scaler.transform(features(rows)))
    )


def _trees(task: Task, x: Array, y: Array, levels: Array) -> Answer:
    """Fit histogram gradient boosting; categories are categories."""
    few = (levels > 0) & (levels <= LEVELS)
    settings: Json = {
        "categorical_features": few, "random_state": 0, "early_stopping": False,
        "max_iter": TREES if isinstance(task, Regression) else _rounds(task),
    }  # fmt: skip
    if isinstance(task, Regression):
        model = HistGradientBoostingRegressor(**settings).fit(x, y)
        return lambda rows: _unit(task, model.predict(rows))
    trees = HistGradientBoostingClassifier(**settings).fit(x, y)
    return lambda rows: _probabilities(task, trees.classes_, trees.predict_proba(rows))


def _rounds(task: Task) -> int:
    """Return how often to boost: many classes mean as many trees a round."""
    return max(10, TREES * 2 // _classes(task))


def _classes(task: Task) -> int:
    return max(2, task.head)


def _unit(task: Regression, standardised: Any) -> Any:
    """Bring a standardised target back to the unit it came in."""
    return standardised * task.scale + task.mean


def _probabilities(task: Task, classes: Array, found: Array) -> Array:
    """Give every class its column, also one the used rows do not hold."""
    full = np.zeros((len(found), _classes(task)))
    full[:, classes] = found
    return full


def _capped(x: Array, is_category: Array, levels: int) -> Array:
    return np.minimum(x[:, is_category], levels)


def _levels(meta: Json) -> Array:
    """Return the cardinality of each slot of all inputs side by side, 0 for numbers."""
    found: list[int] = []
    for document in meta["types"].values():
        for field in TensorType.model_validate(document).fields:
            found += [field.cardinality or 0] * field.width
    return np.array(found)


def _split(folder: Path, meta: Json, name: str) -> tuple[Array, Array]:
    """Read features (rows, slots) and encoded target (rows,) of a split."""
    parts = [np.load(folder / f"{name}.{part}.npy", mmap_mode="r") for part in meta["types"]]
    return np.concatenate(parts, axis=1), np.load(folder / f"{name}.target.npy")
