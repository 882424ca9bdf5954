"""Days of a deployment: few rows are scored with those before, and the champion's own answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from danlu.data.dataset import Column, Schema
from danlu.loop.measure import MeasureArgs, Meter, Source
from danlu.loop.outputs import laid_over, outline
from danlu.serve.ids import Ids, row_id
from danlu.serve.log import Entry, Log
from danlu.serve.log_feedback import read_feedback
from danlu.store.records import Json
from danlu.tasks.base import Task, tasks

LATE = Column(name="late", kind="boolean")
BEGAN_US = 1_790_000_000_000_000
DAY_US = 86_400_000_000
IDS = Ids()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(tmp_path / "log" / "predictions.db")
    yield log
    log.close()


def fitted() -> Task:
    column = LATE.type.array([True, False, True, False], "")
    return tasks().get("classification").fit(column, LATE)


def answer(log: Log, day: int, rows: int, *, share: float = 0.8, model: str = "m@1") -> None:
    """Log a day of answers, right as often as ``share`` says they are, with their truths."""
    at_us = BEGAN_US + day * DAY_US
    truths = [n % 2 == 0 for n in range(rows)]
    content = [
        [{}, {"label": t, "probabilities": {"true": share if t else 1 - share,
                                            "false": 1 - share if t else share}}, t, 1.0, None]
        for t in truths
    ]  # fmt: skip
    prefix = IDS.prefix(at_us / 1e6)
    body = json.dumps(content).encode()
    log.write(Entry("default", "late", model, prefix, at_us, 300, rows, 0, 0, body))
    said = [{"id": row_id(prefix, n), "truth": t} for n, t in enumerate(truths)]
    told = json.dumps({"rows": said}).encode()
    log.write(read_feedback("default", "late", at_us=at_us + 1000, body=told))


def measured(log: Log, *, known: Json | None = None) -> tuple[list[Json], list[Json]]:
    """Measure every day; return the days, and the columns of the newest."""
    task = fitted()
    now = BEGAN_US / 1e6 + 40 * 86_400
    source = Source(
        log=log.path, project="default", deployment="late",
        schema_=Schema(columns=(LATE,)).model_dump(mode="json"), target="late",
        task={"kind": "classification", **task.model_dump(mode="json")}, newest=60, now=now,
    )  # fmt: skip
    given = MeasureArgs(
        source=source, profile={"rows": 4, "columns": {}}, champion="m@1", first="m@1",
        first_bundle=None, promise=None,
    )  # fmt: skip
    meter = Meter(given, task, now, known)
    return [meter.day(day) for day in source.days()], meter.columns


def test_a_day_of_few_rows_is_scored_with_those_before_it(log: Log) -> None:
    for day in range(3):
        answer(log, day, 15)
    days, _ = measured(log)
    assert [day["over"] for day in days] == [0, 2, 2]
    assert days[0]["live"] is None
    assert days[1]["live"]["rows"] == days[1]["frozen"]["rows"] == 30


def test_a_day_of_enough_rows_stands_alone(log: Log) -> None:
    answer(log, 0, 15)
    answer(log, 1, 40)
    days, _ = measured(log)
    assert (days[1]["over"], days[1]["live"]["rows"]) == (1, 40)


def test_a_champion_that_says_something_else_has_moved(log: Log) -> None:
    rng = np.random.default_rng(0)
    known = outline(rng.choice([0.2, 0.8], 2000) + rng.normal(0, 0.01, 2000), "auc")
    answer(log, 0, 600)
    _, columns = measured(log, known=known)
    assert [(one["column"], one["of"]) for one in columns] == [("late", "answers")]
    answer(log, 1, 600, share=0.51)
    _, columns = measured(log, known=known)
    assert columns[-1]["moved"]


def test_another_models_answers_are_no_drift(log: Log) -> None:
    answer(log, 0, 600, share=0.99, model="m@0")
    _, columns = measured(log, known=outline(np.linspace(0, 1, 1000), "auc"))
    assert columns == []


def test_a_model_that_always_says_the_same_has_one_bin() -> None:
    before = outline(np.full(50, 3.0), "rmse")
    assert before is not None
    assert before["counts"] == [50]
    same = laid_over(before, np.array([3.0, np.nan]))
    assert same is not None
    assert same.found == (1,)
