"""Look (a job): what learning a target from a dataset would meet: its split, its balance, leaks."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from danlu.data.dataset import Schema, Table
from danlu.data.encoder import Encoder
from danlu.data.reading import read
from danlu.data.split import Rows, Split, split
from danlu.experiment import leaks
from danlu.experiment.baselines import levels_of
from danlu.experiment.prepare import fit_task, inputs_of, usual_split
from danlu.params import Params
from danlu.tasks.regression import Regression

Json = dict[str, Any]
MOST_ROWS = 60_000
"""Beyond, a sample is looked at: a look must not take as long as a search."""
LABELS, BINS = 12, 16


class LookArgs(Params):
    """The rows of a version, and what is to be learnt from them."""

    parts: tuple[Path, ...]
    schema_: Json
    rows: int
    target: str
    split: Split | None = None
    """One to try; None = the usual one."""


def run(args: Json, report: Any) -> Json:
    """Return ``{"task", "split", "rows", "balance", "leaks", "sample"}``."""
    del report
    asked = LookArgs.model_validate(args)
    schema = Schema.model_validate(asked.schema_)
    inputs = inputs_of(schema, None, asked.target)
    how = asked.split or usual_split(schema, 0)
    also = [name for name in (schema.time, how.key) if name]
    names = list(dict.fromkeys([*chain(*inputs.values()), asked.target, *also]))
    sample = MOST_ROWS if asked.rows > MOST_ROWS else None
    table = read(asked.parts, schema, names, sample=sample)
    task = fit_task(None, schema, asked.target, table[asked.target])
    target = task.encode(table[asked.target])
    known = np.flatnonzero(task.known(target))
    table, target = _take(table, known), target[known]
    parts = split(table, how, time=schema.time, target=target)
    encoder = Encoder.fit(_take(table, parts["train"]), schema, inputs)
    types = encoder.types()
    sides = [(_features(encoder, _take(table, rows)), target[rows]) for rows in parts.values()]
    found = leaks.measure(task, types, levels_of(types), sides, method=how.method, seed=0)
    values = table[asked.target]
    if schema.column(asked.target).kind == "boolean":
        values = np.where(values == 1, "true", "false")
    return {
        "task": type(task).__name__.lower(), "split": how.model_dump(mode="json"),
        "rows": {name: len(rows) for name, rows in parts.items()}, "sample": sample,
        "unknown": task.missing, "spans": _spans(table, parts, schema.time),
        "balance": (_bins if isinstance(task, Regression) else _classes)(values, parts),
        "leaks": found,
    }  # fmt: skip


def _take(table: Table, rows: NDArray[Any]) -> Table:
    return {name: values[rows] for name, values in table.items()}


def _features(encoder: Encoder, table: Table) -> NDArray[Any]:
    """Return all inputs side by side: (rows, slots)."""
    flat = [array.reshape(len(array), -1) for array in encoder.encode(table).values()]
    return np.concatenate(flat, axis=1)


def _spans(table: Table, parts: Mapping[str, Rows], time: str | None) -> Json:
    """Return from when to when each part of a split by time goes."""
    if time is None or table[time].dtype.kind != "M":
        return {}
    moments = {name: table[time][rows] for name, rows in parts.items()}
    known = {name: np.sort(values[~np.isnat(values)]) for name, values in moments.items()}
    return {n: [v[i].item().isoformat() for i in (0, -1)] for n, v in known.items() if len(v)}


def _classes(values: NDArray[Any], parts: Mapping[str, Rows]) -> Json:
    """Count each class in each part; rare classes count as one."""
    labels, codes = np.unique(_named(values), return_inverse=True)
    order = np.argsort(-np.bincount(codes), kind="stable")
    place = np.minimum(np.argsort(order), LABELS)[codes]
    shown = [str(labels[i]) for i in order[:LABELS]]
    counts = {
        name: np.bincount(place[rows], minlength=LABELS + 1).tolist()
        for name, rows in parts.items()
    }
    cut = {name: _cut(c, shown) for name, c in counts.items()}
    return {"labels": shown, "of": len(labels), "counts": cut}


def _cut(counts: list[int], shown: list[str]) -> list[int]:
    """Keep one count a shown label, and that of all others."""
    return [*counts[: len(shown)], counts[LABELS] if len(shown) == LABELS else 0]


def _named(values: NDArray[Any]) -> NDArray[Any]:
    """Return classes as text: whole numbers without ".0", and None is not there any more."""
    if values.dtype.kind != "f":
        return values.astype(str)
    return np.array([f"{v:g}" for v in values.tolist()])


def _bins(values: NDArray[Any], parts: Mapping[str, Rows]) -> Json:
    """Count a quantity by bins of equal width, what is far off in the outermost."""
    first, low, high, last = np.quantile(values, (0.0, 0.01, 0.99, 1.0))
    low, high = (low, high) if high > low else (first, last if last > first else first + 1)
    edges = np.linspace(low, high, BINS + 1)
    counts = {
        name: np.histogram(np.clip(values[rows], low, high), edges)[0].tolist()
        for name, rows in parts.items()
    }
    return {"edges": edges.tolist(), "counts": counts}
