"""Propose (a job): a network, its space and a recipe for a dataset and a target."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from danlu import space
from danlu.data.dataset import Schema
from danlu.data.encoder import Encoder, select
from danlu.data.reading import read
from danlu.experiment.prepare import fit_task
from danlu.network.propose import propose
from danlu.params import Params
from danlu.tasks.base import dump

Json = dict[str, Any]
SAMPLE_ROWS = 100_000
"""Enough to see every common category; the search itself fits on all train rows."""


class ProposeArgs(Params):
    """Which data, and what to learn from it."""

    parts: tuple[Path, ...]
    schema_: Json
    target: str
    task: str | None = None
    inputs: dict[str, Json] = Field({"table": {}})
    """Selector of each network input."""


def run(args: Json, report: Any) -> Json:
    """Return ``{"network", "space", "recipe", "task", "head", "types", "rows"}``."""
    del report
    given = ProposeArgs.model_validate(args)
    schema = Schema.model_validate(given.schema_)
    inputs = {n: select(schema, s, given.target) for n, s in given.inputs.items()}
    names = sorted({c for columns in inputs.values() for c in columns} | {given.target})
    table = read(given.parts, schema, names, limit=SAMPLE_ROWS)
    task = fit_task(given.task, schema, given.target, table[given.target])
    encoder = Encoder.fit(table, schema, inputs)
    rows = int(np.sum(task.known(task.encode(table[given.target]))))
    kind = dump(task)["kind"]
    network, ranges, recipe = propose(encoder.types(), rows=rows, task=kind, head=task.head)
    return {
        "network": network.document(), "space": space.to_json(ranges), "recipe": recipe,
        "task": kind, "head": task.head, "rows": rows,
        "types": {name: t.model_dump(mode="json") for name, t in encoder.types().items()},
    }  # fmt: skip
