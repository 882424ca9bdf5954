"""Measure (a job): each day of a deployment: drift by column, feedback so far, metric, promise.

Drift compares the week that ends with a day with the data the champion was made from.

A day counts when its feedback is ripe: when everything asked on it has had time for 99 % of the
truth to come. What the first model would have scored on the same rows stands beside it.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Sequence
from operator import add
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from danlu.data.dataset import Schema
from danlu.loop.answers import answered, served, told, value_of
from danlu.loop.compare import CompareArgs, comparable, fair_rows
from danlu.loop.drift import Counts, compared, counted
from danlu.loop.outputs import laid_over, outline, profile_of
from danlu.loop.watermark import ripe_before
from danlu.params import Params
from danlu.serve.bundle import Bundle
from danlu.serve.log_days import Day, days, sample
from danlu.serve.log_reader import Logged, LogReader
from danlu.serve.runtime import Runtime
from danlu.store.records import Json
from danlu.tasks.base import Task, load

WINDOW_DAYS = 7
"""A week is judged as one: a day alone is only weather."""
UNRIPE: Json = {"live": None, "frozen": None, "over": 0}


class Source(Params):
    """Which log, which deployment of it, and how its rows and truths are read."""

    log: Path
    project: str
    deployment: str
    schema_: Json
    target: str
    task: Json
    """The champion's task, fitted."""
    newest: int
    """How many days to look at."""
    now: float

    @property
    def reader(self) -> LogReader:
        """The log."""
        return LogReader(self.log, project=self.project)

    def days(self) -> list[Day]:
        """Return the newest days, oldest first."""
        time = Schema.model_validate(self.schema_).time
        return days(self.reader, self.deployment, time=time, newest=self.newest, now=self.now)


class MeasureArgs(Params):
    """What is measured, and against what."""

    source: Source
    profile: Json
    """Of the data the champion was made from."""
    champion: str
    first: str | None
    """The model that answered first."""
    first_bundle: Path | None
    promise: Json | None
    """Arguments of `danlu.loop.compare` that name the champion's own test rows; None = known."""
    outline: Json | None = None
    """How the champion's answers on them lie, where that is known."""


def run(args: Json, report: Any) -> Json:
    """Return what is measured: metric, days, week, columns, delays, ripe_before, promise."""
    del report
    given = MeasureArgs.model_validate(args)
    task = load(given.source.task)
    delays = given.source.reader.delays(given.source.deployment)
    promise = promise_of(given.promise, task) if given.promise else None
    outline = promise["outline"] if promise else given.outline
    meter = Meter(given, task, ripe_before(delays, given.source.now), outline)
    measured = [meter.day(day) for day in given.source.days()]
    return {
        "metric": task.main_metric, "maximise": task.maximise, "days": measured,
        "columns": meter.columns, "week": meter.week(), "delays": delays,
        "ripe_before": meter.ripe or None,
        "promise": promise,
    }  # fmt: skip


class Meter:
    """Measures one day after the other; ``columns`` is then the newest one's drift."""

    def __init__(
        self, given: MeasureArgs, task: Task, ripe: float, outline: Json | None = None
    ) -> None:
        self.given, self.task, self.ripe, self.outline = given, task, ripe, outline
        schema = Schema.model_validate(given.source.schema_)
        self.column = schema.column(given.source.target)
        self.leave_out = [n for n in (given.source.target, schema.time) if n]
        self.first = Runtime(Bundle.open(given.first_bundle)) if given.first_bundle else None
        self.columns: list[Json] = []
        self._week: deque[dict[str, Counts]] = deque(maxlen=WINDOW_DAYS)
        self._said: deque[Counts | None] = deque(maxlen=WINDOW_DAYS)
        self._ripe: deque[_Scored] = deque(maxlen=WINDOW_DAYS)

    def day(self, day: Day) -> Json:
        """Measure one day."""
        found = sample(self.given.source.reader, day)
        self.columns = moved = self._moved(found) + self._answers_moved(found)
        is_ripe = day.last <= self.ripe
        return {
            "day": day.name, "rows": day.rows, "joined": day.joined, "sampled": len(found),
            "first_at": day.first, "last_at": day.last, "models": day.models, "ripe": is_ripe,
            "psi": {one["column"]: one["psi"] for one in moved},
            "by_chance": {one["column"]: one["by_chance"] for one in moved},
            **(self._scored(day.name, found) if is_ripe else UNRIPE),
        }  # fmt: skip

    def week(self) -> Json | None:
        """Return the last ripe days as one: ``{"from", "to", "live", "frozen", "champion"}``.

        ``champion`` is ``live`` on the rows that the model of today has answered.
        """
        days = [day for day in self._ripe if len(day.truth)]
        if not days:
            return None
        answers, frozen, truth, own = _joined(days)
        return {
            "from": days[0].name, "to": days[-1].name, "live": self._value(answers, truth),
            "frozen": self._value(frozen, truth), "champion": self._value(answers[own], truth[own]),
        }  # fmt: skip

    def _moved(self, found: Sequence[Logged]) -> list[Json]:
        """Compare the week that ends with these rows with the data that was learnt from."""
        profile = self.given.profile
        self._week.append(counted(profile, [e.row for e in found], leave_out=self.leave_out))
        week: dict[str, Counts] = {}
        for day in self._week:
            for name, counts in day.items():
                week[name] = week[name] + counts if name in week else counts
        return compared(profile, week)

    def _scored(self, name: str, found: Sequence[Logged]) -> Json:
        """Compare what was answered, and what the first model would have, with the truth."""
        known, truth = told([e for e in found if e.feedback is not None], self.task, self.column)
        answers = served(known, self.task)
        frozen = self._frozen(known, answers)
        own = np.array([entry.model == self.given.champion for entry in known], dtype=bool)
        self._ripe.append(_Scored(name, answers, frozen, truth, own))
        return self._newest()

    def _newest(self) -> Json:
        """Score the newest ripe day; one of few rows with those before it, up to a week."""
        days = list(self._ripe)
        for over in range(1, len(days) + 1):
            answers, frozen, truth, _ = _joined(days[-over:])
            live = self._value(answers, truth)
            if live is not None:
                return {"live": live, "frozen": self._value(frozen, truth), "over": over}
        return UNRIPE

    def _answers_moved(self, found: Sequence[Logged]) -> list[Json]:
        """Compare the champion's answers of the week with those on its own test rows."""
        if self.outline is None:
            return []
        own = [entry for entry in found if entry.model == self.given.champion]
        self._said.append(laid_over(self.outline, served(own, self.task)) if own else None)
        days = [day for day in self._said if day is not None]
        if not days:
            return []
        name = self.given.source.target
        (moved,) = compared(profile_of(self.outline, name), {name: functools.reduce(add, days)})
        return [{**moved, "of": "answers"}]

    def _value(self, answers: NDArray[Any], truth: NDArray[Any]) -> Json | None:
        return value_of(self.task.main_metric, answers, truth)

    def _frozen(self, known: Sequence[Logged], answers: NDArray[Any]) -> NDArray[Any]:
        """Answer with the first model what it has not answered itself."""
        others = [n for n, entry in enumerate(known) if entry.model != self.given.first]
        frozen = answers.copy()
        if others and self.first is not None:
            frozen[others] = answered([known[n] for n in others], self.first, self.task)
        return frozen


class _Scored(NamedTuple):
    """A ripe day's rows with a truth: what was said, by whom, and what the first model says."""

    name: str
    answers: NDArray[Any]
    frozen: NDArray[Any]
    truth: NDArray[Any]
    is_champion: NDArray[np.bool_]


def _joined(days: Sequence[_Scored]) -> tuple[NDArray[Any], ...]:
    """Return answers, frozen, truth and is_champion of several days as one."""
    columns = ((d.answers, d.frozen, d.truth, d.is_champion) for d in days)
    return tuple(np.concatenate(column) for column in zip(*columns, strict=True))


def promise_of(args: Json, task: Task) -> Json | None:
    """Measure the champion on its own test rows, with the interval and how its answers lie."""
    given = CompareArgs.model_validate(args)
    model = Runtime(Bundle.open(given.champion))
    table, truth = fair_rows(given, task, {"champion": model})
    if not len(truth):
        return None
    answers = comparable(model, table, task)
    found = value_of(task.main_metric, answers, np.asarray(truth))
    return found and {**found, "outline": outline(answers, task.main_metric)}
