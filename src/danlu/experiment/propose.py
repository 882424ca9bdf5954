"""Propose (a job): a network, its space and a recipe for a dataset and a target."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from danlu import space
from danlu.data.dataset import Schema
from danlu.data.encoder import Encoder, select, usual_inputs
from danlu.data.reading import read
from danlu.experiment.prepare import fit_task
from danlu.network.choose import Fit, choose, fits
from danlu.params import Params
from danlu.tasks.base import dump
from danlu.tensor import TensorType

Json = dict[str, Any]
SAMPLE_ROWS = 100_000
"""Enough to see every common category; the search itself fits on all train rows."""


class ProposeArgs(Params):
    """Which data, and what to learn from it."""

    parts: tuple[Path, ...]
    schema_: Json
    target: str
    task: str | None = None
    entry: str | None = None
    """Of the gallery; default: what suits the data."""
    inputs: dict[str, Json] | None = None
    """Selector of each network input; None = the usual ones."""


def run(args: Json, report: Any) -> Json:
    """Return ``{"network", "space", "recipe", "task", "head", "types", "rows"}``, and why.

    ``entry`` and ``why`` say which network was chosen.
    """
    del report
    given = ProposeArgs.model_validate(args)
    schema = Schema.model_validate(given.schema_)
    selectors = given.inputs or usual_inputs(schema, given.target)
    inputs = {n: select(schema, s, given.target) for n, s in selectors.items()}
    names = sorted({c for columns in inputs.values() for c in columns} | {given.target})
    table = read(given.parts, schema, names, limit=SAMPLE_ROWS)
    task = fit_task(given.task, schema, given.target, table[given.target])
    encoder = Encoder.fit(table, schema, inputs)
    rows = int(np.sum(task.known(task.encode(table[given.target]))))
    kind = dump(task)["kind"]
    types = encoder.types()
    found = choose(types, rows=rows, task=kind, head=task.head, entry=given.entry)
    network, ranges, recipe = found.proposal[:3]
    return {
        "network": network.document(), "space": space.to_json(ranges), "recipe": recipe,
        "entry": found.entry, "why": found.why,
        "task": kind, "head": task.head, "rows": rows,
        "types": {name: t.model_dump(mode="json") for name, t in types.items()},
    }  # fmt: skip


def gallery(args: Json, report: Any) -> Json:
    """List every network of the gallery beside a dataset: ``{"items": [...]}``.

    Each says its title, words, paper and doc, and ``why_not`` where the data do not fit; where
    they do also ``network``, ``space`` and ``recipe``. Without parts nothing is fitted.
    """
    del report
    if not args.get("parts"):
        return {"items": [_entry(fit) for fit in fits({}, "classification")]}
    found = run({**args, "entry": None}, None)
    types = {name: TensorType.model_validate(t) for name, t in found["types"].items()}
    items = []
    for fit in fits(types, found["task"]):
        item = {**_entry(fit), "why_not": fit.why_not}
        if fit.why_not is None:
            made = fit.kind().propose(
                types, rows=found["rows"], task=found["task"], head=found["head"]
            )
            item |= {
                "network": made.network.document(), "space": space.to_json(made.space),
                "recipe": made.recipe,
            }  # fmt: skip
        items.append(item)
    return {"items": items, "entry": found["entry"], "why": found["why"]}


def _entry(fit: Fit) -> Json:
    kind = fit.kind
    return {
        "entry": fit.entry, "title": kind.title, "paper": kind.paper, "tasks": list(kind.tasks),
        "words": {language: list(words) for language, words in kind.words.items()},
        "doc": " ".join((kind.__doc__ or "").split()), "proof": kind.proof._asdict(),
    }  # fmt: skip
