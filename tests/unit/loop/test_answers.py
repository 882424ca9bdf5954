"""What was served, what a model says now, and the truth: in the form the main metric reads."""

import numpy as np
import pytest

from danlu.data.dataset import Column
from danlu.loop.answers import served, told, truth_of, value_of
from danlu.serve.log_reader import Logged, Truth
from danlu.tasks.base import Task, tasks

LATE = Column(name="late", kind="boolean")


def task_of(kind: str, values: list[object], column: Column) -> Task:
    return tasks().get(kind).fit(column.type.array(values, ""), column)


def logged(answer: dict[str, object], truth: object) -> Logged:
    return Logged(
        id="x", at=0.0, model="m@1", row={}, answer=answer, decision=None, propensity=1.0,
        warnings=[], latency_us=1, feedback=Truth(at=1.0, truth=truth),
    )  # fmt: skip


def test_a_regression_is_judged_in_the_unit_of_its_target() -> None:
    values = [100.0, 200.0, 300.0, 400.0]
    column = Column(name="cnt", kind="number")
    task = task_of("regression", list(values), column)
    found = [logged({"value": v + 10.0}, v) for v in values]
    kept, truth = told(found, task, column)
    assert (served(kept, task) - truth).tolist() == [10.0] * 4
    array = np.array(values)
    assert truth_of(array, task.encode(array), task).tolist() == values


def test_probabilities_are_read_by_the_class_they_name() -> None:
    task = task_of("classification", [True, False, True, False], LATE)
    found = [logged({"probabilities": {"true": 0.8, "false": 0.2}}, truth=True)]
    assert served(found, task).tolist() == [0.8]


@pytest.mark.parametrize("truth", ["perhaps", None])
def test_a_truth_that_is_none_of_its_kind_is_left_out(truth: object) -> None:
    task = task_of("classification", [True, False, True, False], LATE)
    kept, values = told([logged({}, truth), logged({}, "true")], task, LATE)
    assert ([entry.feedback.truth for entry in kept if entry.feedback], values.tolist()) == (
        ["true"], [1],
    )  # fmt: skip


def test_a_metric_carries_its_interval_and_few_rows_have_none() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(400) < 0.5
    score = truth + rng.normal(size=400)
    found = value_of("auc", score, truth)
    assert found is not None
    assert 0.6 < found["low"] < found["value"] < found["high"] < 0.9
    assert value_of("auc", score[:10], truth[:10]) is None
    assert value_of("auc", score, np.ones(400, dtype=bool)) is None
