"""Trigger: says whether a loop should run now; pure, the clock and the facts are given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from danlu.params import Params
from danlu.store.records import Json, Loop


@dataclass(frozen=True)
class Facts:
    """What has happened since the loop last ran."""

    joined: int = 0
    """Predictions that got their truth, and are not yet in the dataset."""
    version: int = 0
    """The dataset's newest version."""
    day: str = ""
    """The newest day that was measured, ISO; drift is that of the week to it."""
    rows: int = 0
    """Predictions of that day that were looked at."""
    drift: float = 0.0
    """Largest stability index that chance does not explain."""
    drifted: str = ""
    """Which column that is."""
    ripe_day: str = ""
    """The newest day whose feedback is ripe."""
    lost: float = 0.0
    """Share of the promised metric that the champion has lost in the week to it, surely."""


@dataclass(frozen=True)
class Due:
    """A run that should happen."""

    why: str
    """In words; ``code`` and ``args`` say the same to programs."""
    run: str
    """Name of this run: a loop never does the same one twice."""
    code: str
    args: Json = field(default_factory=dict)


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


def coming(trigger: Trigger, loop: Loop, now: float, *, count: int = 3) -> list[float]:
    """Return when the next runs are due, as far as the clock tells."""
    found: list[float] = []
    at = trigger.next_at(loop, now)
    while at is not None and len(found) < count:
        found.append(at)
        at = trigger.next_at(loop, at)
    return found
