"""Baselines (a job): what a network must beat: saying the usual, a linear model, boosted trees.

They learn from the same encoded train rows and are judged on the same validation rows; one that
wins is served like any network, so each leaves its graph and its answers behind.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from danlu.data.durable import write_atomically
from danlu.data.encoder import Encoder
from danlu.experiment import leaks
from danlu.experiment.boosted import fit_trees
from danlu.experiment.folds import folder_of
from danlu.experiment.golden import golden_rows
from danlu.experiment.linear import fit_linear
from danlu.experiment.portable import Graph, Head
from danlu.params import Params
from danlu.tasks.base import Task, load
from danlu.tasks.regression import Regression
from danlu.tensor import TensorType

Json = dict[str, Any]
Array = NDArray[Any]

SPLITS = ("train", "valid", "test")
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
    folds: int = 1


def run(args: Json, report: Any) -> Json:
    """Return ``{"rows": [{"name", "metric", "metrics", "seconds", "train_rows"}], "leaks"}``."""
    del report
    given = BaselineArgs.model_validate(args)
    given.folder.mkdir(parents=True, exist_ok=True)
    bench = Bench(given, given.encoded)
    rows = [bench.judge(name) for name in bench.names]
    for fold in range(1, given.folds):
        again = Bench(given, folder_of(given.encoded, fold))
        for row in rows:
            row.setdefault("folds", [row["metrics"]]).append(again.judge(row["name"])["metrics"])
    return {"rows": [_mean(row, bench.task.main_metric) for row in rows], "leaks": bench.leaks()}


def _mean(row: Json, metric: str) -> Json:
    """Judge by the mean of all folds, as trials are."""
    folds = row.pop("folds", None)
    if folds is None:
        return row
    metrics = {name: statistics.fmean(f[name] for f in folds) for name in folds[0]}
    spread = statistics.stdev(f[metric] for f in folds)
    return {**row, "metric": metrics[metric], "metrics": {**metrics, f"{metric}_sd": spread}}


def stem(name: str) -> str:
    """Return the file name of a baseline.

    >>> stem("boosted trees")
    'boosted_trees'
    """
    return name.replace(" ", "_")


class Bench:
    """The data of one experiment, or of a fold of it, and every baseline on it in turn."""

    def __init__(self, given: BaselineArgs, encoded: Path) -> None:
        meta = json.loads((encoded / "meta.json").read_text("utf-8"))
        self.folder = given.folder if encoded == given.encoded else None
        self.seed, self.method = given.seed, meta["split"]["method"]
        self.task: Task = load(meta["task_state"])
        self.types = {n: TensorType.model_validate(t) for n, t in meta["types"].items()}
        self.levels = levels_of(self.types)
        self.encoded = encoded
        self.x, self.y = self._read("train")
        self.x_valid, self.y_valid = self._read("valid")
        self.order = np.random.default_rng(given.seed).permutation(len(self.y))

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
        if fitted.write is not None and self.folder is not None:
            self._keep(self.folder / stem(name), fitted, answers)
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

    def leaks(self) -> Json:
        """Look for signs that the figures will not hold."""
        if len(self.names) < 2:
            targets = {n: np.load(self.encoded / f"{n}.target.npy") for n in SPLITS}
            warnings = leaks.splits_of_one_class(self.task, targets)
            return {"warnings": warnings, "random_split": None}
        parts = ((self.x, self.y), (self.x_valid, self.y_valid), self._read("test"))
        return leaks.measure(
            self.task, self.types, self.levels, parts, method=self.method, seed=self.seed
        )

    def _keep(self, path: Path, fitted: Fitted, answers: Array) -> None:
        """Leave the graph, and the answers of the fitted model itself for rows it is held to."""
        assert fitted.write is not None
        state = (self.encoded / "encoder.json").read_text("utf-8")
        golden = golden_rows(self.encoded, Encoder.model_validate_json(state))[1]
        np.save(f"{path}.valid.npy", answers)
        np.save(f"{path}.test.npy", fitted.answer(self._read("test")[0]))
        np.save(f"{path}.golden.npy", fitted.answer(self._side_by_side(golden)))
        content = fitted.write(Graph(path.name, self.types), head_of(self.task))
        write_atomically(Path(f"{path}.onnx"), content)

    def _read(self, name: str) -> tuple[Array, Array]:
        """Read features (rows, slots) and encoded target (rows,) of a split."""
        parts = {p: np.load(self.encoded / f"{name}.{p}.npy", mmap_mode="r") for p in self.types}
        return self._side_by_side(parts), np.load(self.encoded / f"{name}.target.npy")

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
