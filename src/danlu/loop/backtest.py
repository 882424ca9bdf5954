"""Backtest (a job): the log of the last ripe days, answered again by any model.

What was served and what this model would have said stand side by side, day by day and as one
verdict. Rows whose truth the model has learnt from are counted apart: they flatter it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from danlu.data.dataset import Schema
from danlu.errors import ConflictError
from danlu.loop.answers import FEWEST_ROWS, answered, served, told, value_of
from danlu.loop.compare import finite
from danlu.loop.measure import Source
from danlu.loop.watermark import ripe_before
from danlu.params import Params
from danlu.registry.promote import Bar, judge
from danlu.serve.bundle import Bundle
from danlu.serve.log_days import sample
from danlu.serve.log_reader import Logged
from danlu.serve.runtime import Runtime
from danlu.store.records import Json
from danlu.tasks.base import Task, load

LOOK_AT_DAYS = 60
"""The ripe days are looked for among so many."""


class BacktestArgs(Params):
    """Which days, and which model."""

    source: Source
    bundle: Path
    days: int
    learnt_to: float
    """Truths that came up to then may be in the model's data (Unix seconds; 0 = none are)."""


def run(args: Json, report: Any) -> Json:
    """Return ``{"metric", "maximise", "rows", "seen", "days", "verdict", "flattered"}``."""
    given = BacktestArgs.model_validate(args)
    task, again = load(given.source.task), Again(given)
    ripe = ripe_before(given.source.reader.delays(given.source.deployment), given.source.now)
    chosen = [day for day in given.source.days() if day.last <= ripe][-given.days :]
    for number, day in enumerate(chosen, start=1):
        again.add(day.name, sample(given.source.reader, day))
        report({"done": number, "of": len(chosen)})
    if again.rows < FEWEST_ROWS:
        raise ConflictError(
            f"{again.rows} ripe rows are too few to say anything", code="no_ripe_rows",
            where=f"loop '{given.source.deployment}'", rows=again.rows, least=FEWEST_ROWS,
            do="Send the truth of predictions as feedback, or wait until it is ripe.",
        )  # fmt: skip
    return {"metric": task.main_metric, "maximise": task.maximise, **again.outcome()}


class Again:
    """Rows answered once more, gathered day by day."""

    def __init__(self, given: BacktestArgs) -> None:
        self.given = given
        self.task: Task = load(given.source.task)
        self.column = Schema.model_validate(given.source.schema_).column(given.source.target)
        self.model = Runtime(Bundle.open(given.bundle))
        self.days: list[Json] = []
        self._parts: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []

    @property
    def rows(self) -> int:
        """Rows with a truth."""
        return sum(len(part[2]) for part in self._parts)

    def add(self, name: str, found: list[Logged]) -> None:
        """Answer one day's rows again."""
        known, truth = told([e for e in found if e.feedback is not None], self.task, self.column)
        then, now = served(known, self.task), answered(known, self.model, self.task)
        seen = np.array([_at(entry) <= self.given.learnt_to for entry in known], dtype=bool)
        self._parts.append((then, now, truth, seen))
        metric = self.task.main_metric
        self.days.append(
            {
                "day": name, "rows": len(known), "seen": int(seen.sum()),
                "served": value_of(metric, then, truth), "model": value_of(metric, now, truth),
            }
        )  # fmt: skip

    def outcome(self) -> Json:
        """Judge on the rows the model has not learnt from; on all, if those are too few."""
        columns = zip(*self._parts, strict=True)
        then, now, truth, seen = (np.concatenate(column) for column in columns)
        fresh = ~seen
        is_flattered = int(fresh.sum()) < FEWEST_ROWS
        if is_flattered:
            fresh = np.ones_like(seen)
        bar = Bar.model_validate({"metric": self.task.main_metric})
        verdict = judge(then[fresh], now[fresh], truth[fresh], bar=bar)
        return {
            "rows": len(truth), "seen": int(seen.sum()), "flattered": is_flattered,
            "days": self.days, "verdict": finite(verdict.model_dump(mode="json")),
        }  # fmt: skip


def _at(entry: Logged) -> float:
    return entry.feedback.at if entry.feedback else 0.0
