"""Doubtful (a job): labels that the other rows contradict, found by learning them across folds.

Confident learning (Northcutt et al., 2021, arXiv:1911.00068): a row is doubtful when trees that
never saw it give another class a probability as high as rows of that class usually get.
"""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from danlu.data.dataset import Schema, Table, rows_of
from danlu.data.encoder import Encoder
from danlu.data.reading import read_every
from danlu.errors import DataError
from danlu.experiment.baselines import levels_of
from danlu.experiment.boosted import fit_trees
from danlu.experiment.prepare import fit_task, inputs_of
from danlu.params import Params
from danlu.tasks.classification import Classification

Json = dict[str, Any]
Array = NDArray[Any]
MOST_ROWS = 20_000
"""Rows that are looked at, evenly spread: a look must not take as long as a search."""
FOLDS = 5
FEWEST_ROWS = 50
MOST_CASES, MOST_CELLS = 400, 40


class DoubtfulArgs(Params):
    """The rows of a version, and which column holds the labels."""

    parts: tuple[Path, ...]
    schema_: Json
    rows: int
    target: str


def run(args: Json, report: Any) -> Json:
    """Return what was looked at, how many labels are doubtful, which for which, and the worst."""
    del report
    asked = DoubtfulArgs.model_validate(args)
    schema = Schema.model_validate(asked.schema_)
    every = max(1, -(-asked.rows // MOST_ROWS))
    inputs = inputs_of(schema, None, asked.target)
    names = list(dict.fromkeys([*chain(*inputs.values()), asked.target]))
    table = read_every(asked.parts, schema, names, step=every)
    task = fit_task(None, schema, asked.target, table[asked.target])
    if not isinstance(task, Classification):
        raise DataError(
            f"'{asked.target}' is a quantity, not a class", code="not_classes",
            where=f"target '{asked.target}'", column=asked.target,
            do="Choose a column of labels; the worst rows of a quantity are shown by its models.",
        )  # fmt: skip
    target = task.encode(table[asked.target])
    known = np.flatnonzero(task.known(target))
    scores = out_of_fold(table, schema, inputs, task, target=target, rows=known)
    given = target[known]
    doubt = margins(scores, given)
    worst = np.argsort(-doubt, kind="stable")[: int((doubt > 0).sum())]
    said = scores.argmax(axis=1)
    return {
        "target": asked.target, "rows": len(known), "of": asked.rows, "every": every,
        "found": len(worst), "classes": [_said(c) for c in task.classes],
        "cells": _cells(task, given[worst], said[worst]),
        "cases": [
            {
                "row": int(known[i]) * every, "truth": _said(task.classes[given[i]]),
                "said": _said(task.classes[said[i]]), "confidence": float(scores[i, said[i]]),
                "own": float(scores[i, given[i]]), "values": value,
            }
            for i, value in zip(
                worst[:MOST_CASES], _values(table, schema, inputs, known[worst[:MOST_CASES]]),
                strict=True,
            )
        ],
    }  # fmt: skip


def out_of_fold(
    table: Table, schema: Schema, inputs: dict[str, list[str]], task: Classification,
    *, target: Array, rows: Array,
) -> Array:  # fmt: skip
    """Return (rows, classes): what trees that never saw a row say of it."""
    encoder = Encoder.fit({name: v[rows] for name, v in table.items()}, schema, inputs)
    types = encoder.types()
    fewest = int(np.bincount(target[rows]).min()) if len(rows) else 0
    if len(rows) < FEWEST_ROWS or any(len(t.axes) != 1 for t in types.values()):
        raise DataError(
            "there is too little to judge labels by", code="too_few_rows",
            where=f"target '{task.target}'", rows=len(rows),
            do=f"It takes {FEWEST_ROWS} rows with a label, and columns that are no pictures.",
        )  # fmt: skip
    encoded = encoder.encode({name: v[rows] for name, v in table.items()})
    x = np.concatenate([array.reshape(len(rows), -1) for array in encoded.values()], axis=1)
    y, levels = target[rows], levels_of(types)
    scores = np.zeros((len(rows), max(2, task.head)))
    folds = StratifiedKFold(max(2, min(FOLDS, fewest)), shuffle=True, random_state=0)
    for learnt, held in folds.split(x, y):
        scores[held] = fit_trees(task, x[learnt], y[learnt], levels).answer(x[held])
    return scores


def margins(scores: Array, given: Array) -> Array:
    """Return by how much each row's own label falls short; above 0 it is doubtful.

    >>> sure = np.array([[0.9, 0.1], [0.8, 0.2], [0.05, 0.95], [0.1, 0.9], [0.97, 0.03]])
    >>> margins(sure, np.array([0, 0, 1, 1, 1])).round(2).tolist()
    [-0.8, -0.6, -0.9, -0.8, 0.94]
    """
    places = np.arange(len(given))
    usual = np.array([scores[given == c, c].mean() if (given == c).any() else 2.0
                      for c in range(scores.shape[1])])  # fmt: skip
    own = scores[places, given]
    others = scores.copy()
    others[places, given] = -1.0
    best = others.argmax(axis=1)
    far = others[places, best] - own
    is_usual = others[places, best] >= usual[best]
    found: Array = np.where(is_usual, far, np.minimum(far, 0.0))
    return found


def _cells(task: Classification, given: Array, said: Array) -> list[Json]:
    """Count which label is doubted for which, the commonest first."""
    cells, counts = np.unique(given * len(task.classes) + said, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:MOST_CELLS]
    return [
        {
            "truth": _said(task.classes[cell // len(task.classes)]),
            "said": _said(task.classes[cell % len(task.classes)]), "rows": int(rows),
        }
        for cell, rows in zip(cells[order].tolist(), counts[order].tolist(), strict=True)
    ]  # fmt: skip


def _said(label: object) -> str:
    """Return a class as a model says it: `true`, `3`, `late`."""
    if isinstance(label, bool):
        return "true" if label else "false"
    return f"{label:g}" if isinstance(label, float) else str(label)


def _values(table: Table, schema: Schema, inputs: dict[str, list[str]], rows: Array) -> list[Json]:
    columns = [schema.column(name) for name in chain(*inputs.values())]
    return rows_of({c.name: table[c.name][rows] for c in columns}, columns, short=True)
