"""Inputs (a job): what a dataset makes of the inputs that a network names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import ValidationError

from danlu.data.dataset import Schema
from danlu.data.encoder import Encoder, select
from danlu.data.reading import read
from danlu.errors import DataError
from danlu.experiment.prepare import fit_task
from danlu.experiment.propose import SAMPLE_ROWS, ProposeArgs
from danlu.network.graph import Selector

Json = dict[str, Any]


def run(args: Json, report: Any) -> Json:
    """Return ``{"types", "head"}``: the tensors of the columns each input selects.

    An input that no column fits is left out; the checker says so where it is read.
    """
    del report
    found = fitted(args)
    types = found.encoder.types() if found.encoder else {}
    return {
        "types": {name: kind.model_dump(mode="json") for name, kind in types.items()},
        "head": found.head,
    }


class Fitted(NamedTuple):
    """What a sample of a version says of the inputs and of the target."""

    encoder: Encoder | None
    """None where no input has a column."""
    head: int


def fitted(args: Mapping[str, Any]) -> Fitted:
    """Fit once per version, target and inputs: an editor asks after every key."""
    return _fitted(json.dumps(args, sort_keys=True))


@lru_cache(maxsize=32)
def _fitted(text: str) -> Fitted:
    args = json.loads(text)
    wanted = args.pop("inputs")
    given = ProposeArgs.model_validate_json(json.dumps(args))
    schema = Schema.model_validate(given.schema_)
    inputs = {n: c for n, s in wanted.items() if (c := _columns(schema, s, given.target))}
    names = sorted({c for columns in inputs.values() for c in columns} | {given.target})
    table = read(given.parts, schema, names, limit=SAMPLE_ROWS)
    task = fit_task(given.task, schema, given.target, table[given.target])
    return Fitted(Encoder.fit(table, schema, inputs) if inputs else None, task.head)


def _columns(schema: Schema, selector: Json, target: str) -> list[str]:
    """Return the columns of one input; none for what selects nothing, or is no selector."""
    try:
        read = Selector.model_validate(selector).model_dump(mode="json", exclude_none=True)
        return select(schema, read, target)
    except (DataError, ValidationError):
        return []
