"""Baselines (a job): what a network must beat: saying the usual, a linear model, boosted trees.

They learn from the same encoded train rows and are judged on the same validation rows; one that
wins is served like any network, so each leaves its graph and its answers behind.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from danlu.data.durable import write_atomically
from danlu.data.encoder import Encoder
from danlu.experiment.boosted import fit_trees
from danlu.experiment.golden import golden_rows
from danlu.experiment.linear import fit_linear
from danlu.experiment.portable import Graph, Head
from danlu.params import Params
from danlu.tasks.base import Task, load
from danlu.tasks.regression import Regression
from danlu.tensor import TensorType

Json = dict[str, Any]
Array = NDArray[Any]

LINEAR_ROWS, TREE_ROWS = 20_000, 100_000
"""Train rows used at most, so that no baseline takes longer than the search."""


class Fitted(NamedTuple):
    """A baseline that has learnt."""

    answer: Callable[[Array], Array]
    """From features (rows, slots) to answers as served."""
    write: Callable[[Graph, Head], bytes] | None = None
    """Its graph; None = it is a yardstick only."""


class BaselineArgs(Params):
    """Where the encoded data lies, and where what is learnt goes."""

    encoded: Path
    folder: Path
    seed: int = 0


def run(args: Json, report: Any) -> Json:
    """Return ``{"rows": [{"name", "metric", "metrics", "seconds", "train_rows"}]}``."""
    del report
    given = BaselineArgs.model_validate(args)
    meta = json.loads((given.encoded / "meta.json").read_text("utf-8"))
    bench = Bench(given, meta)
    given.folder.mkdir(parents=True, exist_ok=True)
    return {"rows": [bench.judge(name) for name in bench.names]}


def stem(name: str) -> str:
    """Return the file name of a baseline.

    >>> stem("boosted trees")
    'boosted_trees'
    """
    return name.replace(" ", "_")


class Bench:
    """The data of one experiment, and every baseline on it in turn."""

    def __init__(self, given: BaselineArgs, meta: Json) -> None:
        self.folder = given.folder
        self.task: Task = load(meta["task_state"])
        self.types = {n: TensorType.model_validate(t) for n, t in meta["types"].items()}
        self.levels = levels_of(self.types)
        self.x, self.y = self._read(given.encoded, "train")
        self.x_valid, self.y_valid = self._read(given.encoded, "valid")
        self.x_test, _ = self._read(given.encoded, "test")
        self.order = np.random.default_rng(given.seed).permutation(len(self.y))
        encoder = Encoder.model_validate_json((given.encoded / "encoder.json").read_text("utf-8"))
        self.golden = self._side_by_side(golden_rows(given.encoded, encoder)[1])

    @property
    def names(self) -> tuple[str, ...]:
        """Baselines this data allows: one class, or inputs that are no table, leave one."""
        flat = all(len(t.axes) == 1 for t in self.types.values())
        varied = isinstance(self.task, Regression) or len(np.unique(self.y)) > 1
        return ("usual", "linear", "boosted trees") if flat and varied else ("usual",)

    def judge(self, name: str) -> Json:
        """Fit one, judge it on validation, and keep what answering with it takes."""
        began = time.perf_counter()
        cap = {"linear": LINEAR_ROWS, "boosted trees": TREE_ROWS}.get(name, len(self.y))
        used = np.sort(self.order[:cap])
        fitted = self._fit(name, self.x[used], self.y[used])
        answers = fitted.answer(self.x_valid)
        metrics = self.task.metrics(answers, self.y_valid)
        if fitted.write is not None:
            self._keep(stem(name), fitted, answers)
        return {
            "name": name, "metric": metrics[self.task.main_metric], "metrics": metrics,
            "seconds": round(time.perf_counter() - began, 3), "train_rows": len(used),
        }  # fmt: skip

    def _fit(self, name: str, x: Array, y: Array) -> Fitted:
        if name == "usual":
            return Fitted(_usual(self.task, y))
        if name == "linear":
            line = fit_linear(self.task, x, y, self.levels)
            return Fitted(line.answer, line.write)
        forest = fit_trees(self.task, x, y, self.levels)
        return Fitted(forest.answer, forest.write)

    def _keep(self, name: str, fitted: Fitted, answers: Array) -> None:
        """Leave the graph, and the answers of the fitted model itself for rows it is held to."""
        assert fitted.write is not None
        content = fitted.write(Graph(name, self.types), head_of(self.task))
        np.save(self.folder / f"{name}.valid.npy", answers)
        np.save(self.folder / f"{name}.test.npy", fitted.answer(self.x_test))
        np.save(self.folder / f"{name}.golden.npy", fitted.answer(self.golden))
        write_atomically(self.folder / f"{name}.onnx", content)

    def _read(self, folder: Path, name: str) -> tuple[Array, Array]:
        """Read features (rows, slots) and encoded target (rows,) of a split."""
        parts = {p: np.load(folder / f"{name}.{p}.npy", mmap_mode="r") for p in self.types}
        return self._side_by_side(parts), np.load(folder / f"{name}.target.npy")

    def _side_by_side(self, parts: dict[str, Any]) -> Array:
        flat = [np.asarray(parts[p]).reshape(len(parts[p]), -1) for p in self.types]
        return np.concatenate(flat, axis=1)


def head_of(task: Task) -> Head:
    """Say how outputs become the answer of a task."""
    if isinstance(task, Regression):
        return Head("value", task.scale, task.mean)
    return Head("yes" if task.head == 1 else "classes")


def levels_of(types: dict[str, TensorType]) -> Array:
    """Return the cardinality of each slot of all inputs side by side, 0 for numbers."""
    found: list[int] = []
    for given in types.values():
        for field in given.fields:
            found += [field.cardinality or 0] * field.width
    return np.array(found)


def _usual(task: Task, y: Array) -> Callable[[Array], Array]:
    """Answer the mean, or the share of each class, whatever the row."""
    if isinstance(task, Regression):
        usual = float(y.mean()) * task.scale + task.mean
        return lambda rows: np.full(len(rows), usual)
    counts = np.bincount(y, minlength=max(2, task.head)) / len(y)
    return lambda rows: np.tile(counts, (len(rows), 1))
