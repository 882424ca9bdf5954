"""Linear: ridge or logistic regression on numbers and one weight per category."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import MaxAbsScaler, OneHotEncoder

from danlu.experiment.portable import NEVER, Graph, Head, Linear, linear
from danlu.tasks.base import Task
from danlu.tasks.regression import Regression

Array = NDArray[Any]
LEVELS = 100
"""Categories of a column that get a weight of their own; the rest share one more."""


def fit_linear(task: Task, x: Array, y: Array, levels: Array) -> LinearModel:
    """Fit on features (rows, slots) and an encoded target (rows,)."""
    features = _Features(x, levels)
    table = features(x)
    if isinstance(task, Regression):
        return LinearModel(task, features, Ridge(alpha=1.0).fit(table, y.astype(np.float64)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LinearModel(task, features, LogisticRegression(max_iter=200).fit(table, y))


class _Features:
    """Numbers, and a 0/1 slot per category, each brought to at most 1."""

    def __init__(self, x: Array, levels: Array) -> None:
        self.is_category = levels > 0
        self.hot = OneHotEncoder(handle_unknown="ignore", dtype=np.float64)
        if self.is_category.any():
            self.hot.fit(self._codes(x))
        self.scaler = MaxAbsScaler().fit(self._raw(x))

    def __call__(self, x: Array) -> Any:
        return self.scaler.transform(self._raw(x))

    def _raw(self, x: Array) -> Any:
        numbers = sparse.csr_array(x[:, ~self.is_category].astype(np.float64))
        if not self.is_category.any():
            return numbers
        return sparse.hstack([numbers, self.hot.transform(self._codes(x))]).tocsr()

    def _codes(self, x: Array) -> Array:
        return np.minimum(x[:, self.is_category], LEVELS)


@dataclass(frozen=True)
class LinearModel:
    """A fitted one."""

    task: Task
    features: _Features
    model: Any

    def answer(self, rows: Array) -> Array:
        """Answer features (rows, slots) as served."""
        table = self.features(rows)
        if isinstance(self.task, Regression):
            found: Array = self.model.predict(table) * self.task.scale + self.task.mean
            return found
        full = np.zeros((len(rows), max(2, self.task.head)))
        full[:, self.model.classes_] = self.model.predict_proba(table)
        return full

    def write(self, graph: Graph, head: Head) -> bytes:
        """Return its graph."""
        return graph.answer(linear(graph, self._state()), head)

    def _state(self) -> Linear:
        """Fold the scaling into the weights, and spread the one-hot weights over all codes."""
        given = self.features.is_category
        weights, bias = self._per_output()
        count = int((~given).sum())
        known = self.features.hot.categories_ if given.any() else []
        tables = np.zeros((len(known), LEVELS + 1, len(bias)))
        at = count
        for table, codes in zip(tables, known, strict=True):
            table[codes.astype(int)] = weights[at : at + len(codes)]
            at += len(codes)
        return Linear(
            numbers=np.flatnonzero(~given), weights=weights[:count],
            categories=np.flatnonzero(given), tables=tables, bias=bias,
        )  # fmt: skip

    def _per_output(self) -> tuple[Array, Array]:
        """Return weights (slots, outputs) and bias (outputs,), a class never seen included."""
        weights = np.atleast_2d(self.model.coef_) / self.features.scaler.scale_
        start = np.atleast_1d(self.model.intercept_)
        outputs = max(1, self.task.head)
        if outputs == 1:
            return weights.T, start
        if len(weights) < len(self.model.classes_):  # two classes: one row, that of the second
            weights, start = np.concatenate([0 * weights, weights]), np.append(0.0, start)
        full, bias = np.zeros((weights.shape[1], outputs)), np.full(outputs, NEVER)
        full[:, self.model.classes_], bias[self.model.classes_] = weights.T, start
        return full, bias
