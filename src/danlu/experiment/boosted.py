"""Boosted: histogram gradient boosting; categories are categories, not numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from danlu.experiment.portable import NEVER, Graph, Head, Tree, trees
from danlu.tasks.base import Task
from danlu.tasks.regression import Regression

Array = NDArray[Any]
LEVELS = 100
"""A column with more categories than this is read by the order of its codes."""
ROUNDS, MOST_TREES = 100, 600
"""Rounds of boosting; many classes mean as many trees a round, so fewer rounds."""


def fit_trees(task: Task, x: Array, y: Array, levels: Array) -> Boosted:
    """Fit on features (rows, slots) and an encoded target (rows,)."""
    few = (levels > 0) & (levels <= LEVELS)
    settings: dict[str, Any] = {
        "categorical_features": few, "random_state": 0, "early_stopping": False,
        "max_iter": max(10, min(ROUNDS, MOST_TREES // max(1, task.head))),
    }  # fmt: skip
    if isinstance(task, Regression):
        return Boosted(task, levels, HistGradientBoostingRegressor(**settings).fit(x, y))
    return Boosted(task, levels, HistGradientBoostingClassifier(**settings).fit(x, y))


@dataclass(frozen=True)
class Boosted:
    """Fitted trees."""

    task: Task
    levels: Array
    model: Any

    def answer(self, rows: Array) -> Array:
        """Answer features (rows, slots) as served."""
        if isinstance(self.task, Regression):
            found: Array = self.model.predict(rows) * self.task.scale + self.task.mean
            return found
        full = np.zeros((len(rows), max(2, self.task.head)))
        full[:, self.model.classes_] = self.model.predict_proba(rows)
        return full

    def write(self, graph: Graph, head: Head) -> bytes:
        """Return its graph."""
        outputs = max(1, self.task.head)
        places = self.model.classes_ if outputs > 1 else np.array([0])
        start = np.ravel(self.model._baseline_prediction)
        bias = np.full(outputs, NEVER)
        if len(start) < len(places):  # two classes among many: one score, that of the second
            bias[places], places = 0.0, places[1:]
        bias[places] = start
        slots, codes = self._slots(), self._codes()
        forest = [
            _tree(predictor, int(place), slots, codes)
            for one_round in self.model._predictors
            for place, predictor in zip(places, one_round, strict=True)
        ]
        return graph.answer(trees(graph, forest, bias), head)

    def _slots(self) -> Array:
        """Return which slot each column of the trees is: they put categories first."""
        given = self.model.is_categorical_
        if given is None:
            return np.arange(len(self.levels))
        return np.concatenate([np.flatnonzero(given), np.flatnonzero(~given)])

    def _codes(self) -> dict[int, tuple[Array, Array]]:
        """Return, by slot, the codes the trees know by place, and those they do not know."""
        given = self.model.is_categorical_
        if given is None:
            return {}
        encoder = self.model._preprocessor.named_transformers_["encoder"]
        return {
            int(slot): (known, np.setdiff1d(np.arange(self.levels[slot]), known))
            for slot, known in zip(np.flatnonzero(given), encoder.categories_, strict=True)
        }


def _tree(predictor: Any, out: int, slots: Array, codes: Mapping[int, tuple[Array, Array]]) -> Tree:
    nodes = predictor.nodes
    slot = slots[nodes["feature_idx"]]
    members: list[tuple[int, ...] | None] = [None] * len(nodes)
    by_category = nodes["is_categorical"].astype(bool) & ~nodes["is_leaf"].astype(bool)
    for place in np.flatnonzero(by_category):
        known, unknown = codes[int(slot[place])]
        bits = predictor.raw_left_cat_bitsets[nodes["bitset_idx"][place]]
        left = [int(c) for i, c in enumerate(known) if bits[i // 32] >> np.uint32(i % 32) & 1]
        if nodes["missing_go_to_left"][place]:
            left += [int(c) for c in unknown]
        members[place] = tuple(left)
    return Tree(
        slot=slot, threshold=nodes["num_threshold"], members=tuple(members), left=nodes["left"],
        right=nodes["right"], leaf=nodes["is_leaf"].astype(bool), value=nodes["value"], out=out,
    )  # fmt: skip
