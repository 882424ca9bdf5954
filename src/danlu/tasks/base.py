"""Task: what is learnt for a target; it owns the head, the loss, the metrics and the answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn, Self

import numpy as np
import numpy.typing as npt
from torch import Tensor

from danlu.catalog import Catalog
from danlu.data.dataset import Column
from danlu.errors import TaskError
from danlu.params import Params

Values = npt.NDArray[Any]
"""One column in memory: float64 (number, boolean), object (category), NaN or None = missing."""
Json = dict[str, Any]

MOST_CLASSES_GUESSED = 20  # whole numbers with more values than this are quantities


class Task(Params, ABC):
    """A kind of target, fitted: the state is what it takes to code it and to read answers.

    Rows without a target cannot be learnt from: ``encode`` marks them, ``missing`` counts them.
    """

    title: ClassVar[dict[str, str]]
    """Name for people, by language."""
    words: ClassVar[dict[str, tuple[str, ...]]]
    """What people may search for, by language."""

    target: str
    """The column to be learnt."""
    missing: int = 0
    """Rows that were left out because their target is missing or cannot be used."""

    @classmethod
    @abstractmethod
    def fit(cls, values: Values, column: Column) -> Self:
        """Learn the state from all rows of the target; TaskError if it cannot be learnt."""

    @property
    @abstractmethod
    def head(self) -> int:
        """Numbers the network must give per row; what "target" stands for."""

    @property
    @abstractmethod
    def main_metric(self) -> str:
        """The metric that trials are compared by."""

    @property
    @abstractmethod
    def maximise(self) -> bool:
        """Whether more of the main metric is better."""

    @abstractmethod
    def encode(self, values: Values) -> npt.NDArray[Any]:
        """Code the target (rows,) for ``loss`` and ``metrics``; mark what is missing."""

    @abstractmethod
    def known(self, encoded: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """Tell which rows of an encoded target (rows,) are not marked as missing."""

    @abstractmethod
    def loss(self, output: Tensor, target: Tensor, dials: Mapping[str, Tensor]) -> Tensor:
        """Return the loss of each row (rows,) for an output (rows, head); runs under vmap."""

    @abstractmethod
    def answer(self, output: Tensor) -> Tensor:
        """Turn an output (rows, head) into what is served; part of the exported graph."""

    @abstractmethod
    def metrics(self, answer: npt.NDArray[Any], target: npt.NDArray[Any]) -> dict[str, float]:
        """Compare answers with an encoded target (rows,) that is known everywhere."""

    @abstractmethod
    def decoder(self) -> Json:
        """Return decoder.json: how an answer becomes a prediction."""


def tasks() -> Catalog[Task]:
    """Return the catalogue of this family."""
    return Catalog("danlu.tasks", Task)  # type: ignore[type-abstract]  # the family's base


def dump(task: Task) -> Json:
    """Return a task as JSON: its kind and its state."""
    kind = type(task).__module__.rpartition(".")[2]
    return {"kind": kind, **task.model_dump(mode="json")}


def load(document: Mapping[str, Any]) -> Task:
    """Return the task that ``dump`` wrote."""
    state = dict(document)
    return tasks().get(str(state.pop("kind", ""))).model_validate(state)


def guess(column: Column, values: Values) -> str:
    """Return the task that fits a target: "classification" or "regression".

    Numbers are quantities unless they are few whole ones: at most 20 distinct values, each
    found ten times on average.
    """
    if column.kind in ("category", "boolean"):
        return "classification"
    if column.kind != "number":
        refuse_kind(column, None)
    distinct = np.unique(finite(values))
    most = max(2, min(MOST_CLASSES_GUESSED, len(values) // 10))
    few = len(distinct) <= most and bool(np.all(distinct == np.round(distinct)))
    return "classification" if few else "regression"


def refuse_kind(column: Column, task: type[Task] | None) -> NoReturn:
    """Raise: a target of this kind cannot be learnt, or not by this task."""
    what, do = f"a {column.kind} column cannot be a target", "Choose another, or correct its kind."
    if task is not None and column.kind in ("category", "boolean"):
        what = f"a {column.kind} column is not for {task.__name__.lower()}"
        do = "Did you mean the task 'classification'?"
    raise TaskError(
        what, code="target_kind", where=f"target '{column.name}'", do=do,
        column=column.name, kind=column.kind,
    )  # fmt: skip


def refuse_missing(column: Column, rows: int) -> NoReturn:
    """Raise: there is nothing to learn from."""
    raise TaskError(
        f"all {rows} values are missing", code="target_missing",
        where=f"target '{column.name}'", do="Choose a column with values.",
        column=column.name, rows=rows,
    )  # fmt: skip


def refuse_constant(column: Column, value: object, rows: int) -> NoReturn:
    """Raise: every row says the same."""
    raise TaskError(
        f"all {rows} known values are {value!r}", code="target_constant",
        where=f"target '{column.name}'",
        do="Choose a column that varies, or add rows of another day.",
        column=column.name, value=value, rows=rows,
    )  # fmt: skip


def finite(values: Values) -> npt.NDArray[np.float64]:
    """Return the finite numbers of a column, in order."""
    numbers = np.asarray(values, dtype=np.float64)
    found: npt.NDArray[np.float64] = numbers[np.isfinite(numbers)]
    return found
