"""Examine (a job): a model answers rows it never learnt from, and every mistake is looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from danlu.data.dataset import Schema, Table, rows_of
from danlu.data.reading import read
from danlu.data.split import Split, split
from danlu.errors import DataError
from danlu.params import Params
from danlu.registry import mistakes
from danlu.registry.nearest import Nearest
from danlu.serve.bundle import Bundle
from danlu.serve.runtime import Runtime
from danlu.tasks.base import Task, load

Json = dict[str, Any]
Array = NDArray[Any]
BATCH = 4096


class ExamineArgs(Params):
    """A bundle, the data as files, and which of its rows are asked."""

    parts: tuple[Path, ...]
    schema_: Json
    target: str
    task: Json
    """The model's task, fitted."""
    split: Split
    """How the model's data was divided."""
    part: Literal["test", "valid", "new"]
    """`new`: every row from ``first_row`` on, for a version that came after the model."""
    first_row: int = 0
    corrected: tuple[Path, ...] = ()
    """The same rows with values set by hand since: asked of these, divided as before."""
    bundle: Path
    answers: Path | None = None
    """What a trial answered on these rows, instead of what the bundle answers."""


def run(args: Json, report: Any) -> Json:
    """Return the figures with their intervals, where they come from, and the worst cases."""
    del report
    given = ExamineArgs.model_validate(args)
    task, model = load(given.task), Runtime(Bundle.open(given.bundle))
    seen = Asked(given, task, model)
    scores = seen.scores
    found = {
        "part": given.part, "rows": len(scores), "form": model.bundle.decoder.form,
        "metrics": mistakes.intervals(task.metrics, scores, seen.target),
    }  # fmt: skip
    told = _classes(seen) if model.bundle.decoder.form == "classes" else _values(seen)
    return found | told


class Asked:
    """The rows that were asked, with truth and answers."""

    def __init__(self, given: ExamineArgs, task: Task, model: Runtime) -> None:
        schema = Schema.model_validate(given.schema_)
        self.model, self.columns = model, model.columns
        wanted = {c.name for c in model.columns} | {given.target}
        wanted |= {name for name in (schema.time, given.split.key) if name}
        learnt = read(given.parts, schema, sorted(wanted & set(schema.names)))
        ways = self._ways(given, schema, learnt, task.encode(learnt[given.target]), task)
        table = read(given.corrected, schema, list(learnt)) if given.corrected else learnt
        self.table = {name: table[name] for name in table if name != given.target}
        target = task.encode(table[given.target])
        self.rows = ways["asked"][task.known(target[ways["asked"]])]
        self.train = ways.get("train")
        self.target = target[self.rows]
        self.truth = table[given.target][self.rows]
        self.all_truth = table[given.target]
        if given.answers is None:
            self.scores = self._answers()
        else:
            self.scores = model.bundle.decoder.scores(np.load(given.answers))

    def cases(self, rows: list[int]) -> list[Json]:
        """Describe rows (places among those asked) as they came, beside what was learnt."""
        numbers = self.rows[rows]
        values = self._values(numbers)
        near = Nearest(self.model.bundle.encoder, self.table, self.train) if len(rows) else None
        beside = near.of(numbers) if near else []
        shown = self._values(np.array([n for n in beside if n is not None], dtype=np.int64))
        places = iter(shown)
        return [
            {
                "row": int(number), "values": value,
                "nearest": None if other is None else {
                    "row": other, "values": next(places),
                    "truth": _plain(self.all_truth[other]),
                },
            }
            for number, value, other in zip(
                numbers, values, beside or [None] * len(rows), strict=True
            )
        ]  # fmt: skip

    def _ways(
        self, given: ExamineArgs, schema: Schema, table: Table, target: Array, task: Task
    ) -> dict[str, Array]:
        known = np.flatnonzero(task.known(target))
        if given.part == "new":
            asked = known[known >= given.first_row]
            if not len(asked):
                raise DataError(
                    "no row with a known truth came after the model", code="no_new_rows",
                    where=f"target '{given.target}'", do="Import newer rows, or ask the test rows.",
                )  # fmt: skip
            return {"asked": asked}
        learnable = {name: values[known] for name, values in table.items()}
        parts = split(learnable, given.split, time=schema.time, target=target[known])
        return {"asked": known[parts[given.part]], "train": known[parts["train"]]}

    def _answers(self) -> Array:
        """Answer the asked rows: (rows, classes) or (rows,)."""
        names = [c.name for c in self.columns]
        parts = [
            self.model.answers({n: self.table[n][self.rows[at : at + BATCH]] for n in names})
            for at in range(0, len(self.rows), BATCH)
        ]
        return self.model.bundle.decoder.scores(np.concatenate(parts))

    def _values(self, numbers: Array) -> list[Json]:
        chosen = {c.name: self.table[c.name][numbers] for c in self.columns}
        return rows_of(chosen, self.columns, short=True)


def _classes(seen: Asked) -> Json:
    decoder, scores, truth = seen.model.bundle.decoder, seen.scores, seen.target
    names, said = decoder.names, scores.argmax(axis=1)
    cells = mistakes.confusion(truth, said, len(names))
    loss = mistakes.losses(scores, truth)
    rows = mistakes.worst_of_cells(cells, truth, said, loss)
    cases = [
        {
            "truth": names[truth[row]], "said": names[said[row]], "loss": float(loss[row]),
            "confidence": float(scores[row, said[row]]), **case,
        }
        for row, case in zip(rows, seen.cases(rows), strict=True)
    ]  # fmt: skip
    return {
        "classes": list(names),
        "confusion": [
            {**cell, "truth": names[cell["truth"]], "said": names[cell["said"]]}
            for cell in cells[: mistakes.LARGEST_CELLS]
        ],
        "by_class": [
            {"name": name, **line}
            for name, line in zip(names, mistakes.by_class(cells, len(names)), strict=True)
        ],
        "reliability": mistakes.reliability(scores, truth), "cases": cases,
    }  # fmt: skip


def _values(seen: Asked) -> Json:
    said, truth = seen.scores, seen.truth.astype(np.float64)
    rows = mistakes.worst_values(said, truth)
    cases = [
        {
            "truth": float(truth[row]), "said": float(said[row]),
            "loss": abs(float(said[row] - truth[row])), **case,
        }
        for row, case in zip(rows, seen.cases(rows), strict=True)
    ]  # fmt: skip
    return {"residuals": mistakes.residuals(said, truth), "cases": cases}


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
