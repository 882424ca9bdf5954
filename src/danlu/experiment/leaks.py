"""Leaks: signs that the figures of a search will not hold: columns that tell the target, rows that
lie on both sides of the split, and what a random split would have reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from danlu.experiment.boosted import fit_trees
from danlu.tasks.base import Task
from danlu.tasks.classification import Classification
from danlu.tasks.regression import Regression
from danlu.tensor import TensorType

Json = dict[str, Any]
Array = NDArray[Any]
Part = tuple[Array, Array]
"""Features (rows, slots) and encoded target (rows,)."""

ROWS, COLUMNS = 4_000, 300
"""Looked at per column, and columns looked at: the meter must not cost more than a baseline."""
SPLIT_ROWS = 20_000
SURE, LEAVES = 0.99, 32
"""A column alone that reaches this (auc, accuracy, r2) knows the target."""
SHARE = 0.01
"""Of the rows to be judged that the train rows hold too; less is chance."""
AHEAD = 0.02
"""How much better, relatively, a random split must look to be worth a word."""


def columns_that_tell(task: Task, types: Mapping[str, TensorType], train: Part) -> list[Json]:
    """Name the columns from which alone a small tree predicts held-out rows almost surely."""
    x, y = (part[:: max(1, len(train[1]) // ROWS)] for part in train)
    half = np.random.default_rng(0).permutation(len(y)) % 2 == 0
    if len(np.unique(y[half])) < 2 or len(np.unique(y[~half])) < 2:
        return []
    found, start = [], 0
    for given in types.values():
        for field in given.fields[:COLUMNS] if len(given.axes) == 1 else ():
            slots = x[:, start + field.start : start + field.start + field.width]
            metric, value = _alone(task, slots, y, half)
            if value >= SURE:
                args = {"column": field.column, "metric": metric, "value": value}
                found.append({"code": "leak_column", "args": args})
        start += sum(field.width for field in given.fields)
    return found


def _alone(task: Task, slots: Array, y: Array, half: Array) -> tuple[str, float]:
    """Learn on one half of the rows, judge on the other."""
    settings: Json = {"max_leaf_nodes": LEAVES, "random_state": 0}
    if isinstance(task, Regression):
        line = DecisionTreeRegressor(max_leaf_nodes=LEAVES * 8, random_state=0)
        line.fit(slots[half], y[half])
        left = float(np.var(y[~half] - line.predict(slots[~half])))
        return "r2", 1 - left / float(np.var(y[~half]))
    tree = DecisionTreeClassifier(**settings).fit(slots[half], y[half])
    full = np.zeros((int((~half).sum()), max(2, task.head)))
    full[:, tree.classes_] = tree.predict_proba(slots[~half])
    return task.main_metric, task.metrics(full, y[~half])[task.main_metric]


def rows_on_both_sides(train: Part, others: Mapping[str, Part]) -> list[Json]:
    """Count the rows of each other split that the train rows hold too, target included."""
    known = set(_fingerprints(train).tolist())
    found = []
    for split, part in others.items():
        rows = sum(print_ in known for print_ in _fingerprints(part).tolist())
        if rows > SHARE * len(part[1]):
            share = rows / len(part[1])
            args = {"rows": rows, "of": len(part[1]), "split": split, "share": share}
            found.append({"code": "leak_duplicates", "args": args})
    return found


def splits_of_one_class(task: Task, targets: Mapping[str, Array]) -> list[Json]:
    """Name the splits that hold a single class: what is judged on them says little."""
    if not isinstance(task, Classification):
        return []
    return [
        {"code": "one_class", "args": {"split": split, "label": str(task.classes[int(y[0])])}}
        for split, y in targets.items()
        if len(np.unique(y)) == 1
    ]


def _fingerprints(part: Part) -> Array:
    """Return one number a row: the sum of its bits times fixed odd numbers, modulo 2**64."""
    x, y = part
    both = np.concatenate([x.astype(np.float32), y[:, None].astype(np.float32)], axis=1)
    bits = (both + np.float32(0.0)).view(np.uint32).astype(np.uint64)  # -0.0 counts as 0.0
    odd = np.random.default_rng(1).integers(1, 2**63, bits.shape[1], dtype=np.uint64) * 2 + 1
    found: Array = (bits * odd).sum(axis=1, dtype=np.uint64)
    return found


def random_split(
    task: Task, levels: Array, train: Part, valid: Part, *, method: str, seed: int
) -> Json:
    """Judge boosted trees on this split and on a random one of the same rows and sizes."""
    x, y = (np.concatenate([a, b]) for a, b in zip(train, valid, strict=True))
    order = np.random.default_rng(seed).permutation(len(y))
    mixed, held = order[: len(train[1])], order[len(train[1]) :]
    real = _judged(task, levels, train, valid)
    random = _judged(task, levels, (x[mixed], y[mixed]), (x[held], y[held]))
    return {"metric": task.main_metric, "random": random, "real": real, "method": method}


def worth_a_word(task: Task, figures: Mapping[str, Any]) -> list[Json]:
    """Warn when the random split looks better than the one that was asked for."""
    ahead = figures["random"] - figures["real"]
    ahead = ahead if task.maximise else -ahead
    if ahead <= AHEAD * abs(figures["real"]):
        return []
    return [{"code": "leak_random_split", "args": dict(figures)}]


def _judged(task: Task, levels: Array, train: Part, valid: Part) -> float:
    """Fit on some of the rows, the newest among them left as they are spread."""
    used = np.linspace(0, len(train[1]) - 1, min(SPLIT_ROWS, len(train[1]))).astype(int)
    forest = fit_trees(task, train[0][used], train[1][used], levels)
    return task.metrics(forest.answer(valid[0]), valid[1])[task.main_metric]


def measure(
    task: Task, types: Mapping[str, TensorType], levels: Array, parts: Sequence[Part],
    *, method: str, seed: int,
) -> Json:  # fmt: skip
    """Return ``{"warnings": [{"code", "args"}], "random_split": figures or None}``."""
    train, valid, test = parts
    found = columns_that_tell(task, types, train)
    found += rows_on_both_sides(train, {"valid": valid, "test": test})
    found += splits_of_one_class(task, {"valid": valid[1], "test": test[1]})
    figures = None
    if method in ("time", "group"):
        figures = random_split(task, levels, train, valid, method=method, seed=seed)
        found += worth_a_word(task, figures)
    return {"warnings": found, "random_split": figures}
