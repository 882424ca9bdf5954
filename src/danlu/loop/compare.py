"""Compare (a job): champion and challenger answer the same rows, which neither has trained on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from danlu.data.dataset import Schema, Table
from danlu.data.reading import read
from danlu.data.split import Split, split
from danlu.loop.answers import in_order, judged, truth_of
from danlu.loop.slices import slices
from danlu.params import Params
from danlu.registry.promote import Bar, judge
from danlu.serve.bundle import Bundle
from danlu.serve.runtime import Runtime
from danlu.store.records import Json
from danlu.tasks.base import Task, load


class CompareArgs(Params):
    """The data and the two bundles."""

    parts: tuple[Path, ...]
    schema_: Json
    target: str
    task: Json
    """The challenger's task, fitted."""
    split: Split
    """How the challenger's data was divided: its test rows count."""
    first_row: int
    """Rows before this one belonged to the champion's data."""
    champion: Path
    challenger: Path


def run(args: Json, report: Any) -> Json:
    """Return the verdict: ``{"promoted", "reason", "metric", "champion", "challenger", ...}``."""
    del report
    given = CompareArgs.model_validate(args)
    task = load(given.task)
    models = {
        name: Runtime(Bundle.open(getattr(given, name))) for name in ("champion", "challenger")
    }
    table, target = fair_rows(given, task, models)
    answers = {name: comparable(model, table, task) for name, model in models.items()}
    bar = Bar.model_validate({"metric": task.main_metric})
    columns = Schema.model_validate(given.schema_).columns
    cut = slices(table, [c for c in columns if c.name != given.target])
    verdict = judge(answers["champion"], answers["challenger"], target, bar=bar, slices=cut)
    return finite(verdict.model_dump(mode="json"))


def finite(verdict: Json) -> Json:
    """Put None for what no row could tell, so that the verdict is plain JSON."""
    return {
        name: None if isinstance(value, float) and not np.isfinite(value)
        else [finite(one) for one in value] if name == "slices" else value
        for name, value in verdict.items()
    }  # fmt: skip


def fair_rows(
    given: CompareArgs, task: Task, models: dict[str, Runtime]
) -> tuple[Table, NDArray[Any]]:
    """Read the challenger's test rows that are newer than the champion's data, and their truth."""
    schema = Schema.model_validate(given.schema_)
    wanted = {c.name for model in models.values() for c in model.columns} | {given.target}
    wanted |= {name for name in (schema.time, given.split.key) if name}
    table = read(given.parts, schema, sorted(wanted))
    target = task.encode(table[given.target])
    known = np.flatnonzero(task.known(target))
    learnable = {name: values[known] for name, values in table.items()}
    rows = split(learnable, given.split, time=schema.time, target=target[known])["test"]
    fair = known[rows][known[rows] >= given.first_row]
    truth = truth_of(table[given.target], target, task)
    return {name: values[fair] for name, values in table.items()}, truth[fair]


def comparable(model: Runtime, table: Table, task: Task) -> NDArray[Any]:
    """Answer the table in the form in which the task's main metric is judged: (rows,)."""
    if not len(next(iter(table.values()))):
        return np.empty(0)
    return judged(aligned(model, table, task), task)


def aligned(model: Runtime, table: Table, task: Task) -> NDArray[Any]:
    """Answer the table with the columns in the order of the task's classes."""
    decoder = model.bundle.decoder
    columns = {c.name for c in model.columns}
    answer = model.answers({name: values for name, values in table.items() if name in columns})
    return in_order(decoder.scores(answer), decoder, task)  # (rows, classes) or (rows,)
