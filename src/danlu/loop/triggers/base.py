"""Trigger: says whether a loop should run now; pure, the clock and the facts are given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from danlu.params import Params
from danlu.store.records import Json, Loop


@dataclass(frozen=True)
class Facts:
    """What has happened since the loop last ran."""

    joined: int = 0
    """Predictions that got their truth, and are not yet in the dataset."""
    version: int = 0
    """The dataset's newest version."""


@dataclass(frozen=True)
class Due:
    """A run that should happen."""

    why: str
    run: str
    """Name of this run: a loop never does the same one twice."""


class Trigger(Params, ABC):
    """When a loop runs; its fields are what `Loop.trigger` holds beside the kind."""

    @abstractmethod
    def due(self, loop: Loop, now: float, facts: Facts) -> Due | None:
        """Return the run that is due at ``now`` (Unix seconds), if there is one."""

    @abstractmethod
    def next_at(self, loop: Loop, now: float) -> float | None:
        """Return when the next run is due, None when that depends on more than the clock."""


def trigger_json(kind: str, trigger: Trigger) -> Json:
    """Return the form in which a loop keeps its trigger."""
    return {"kind": kind, **trigger.model_dump(mode="json")}
