"""Importance (a job): which searched fields mattered; beside the finish, so that nobody waits."""

from __future__ import annotations

from typing import Any

from danlu.params import Params
from danlu.search.importance import importance
from danlu.space import from_json

Json = dict[str, Any]


class ImportanceArgs(Params):
    """The space, and what was tried in it."""

    space: Json
    tried: tuple[tuple[Json, float | None], ...]
    maximise: bool
    seed: int = 0


def run(args: Json, report: Any) -> Json:
    """Return ``{"importance": {field: share}}``, most important first."""
    del report
    given = ImportanceArgs.model_validate(args)
    space = from_json(given.space)
    found = importance(space, given.tried, maximise=given.maximise, seed=given.seed)
    return {"importance": found}
