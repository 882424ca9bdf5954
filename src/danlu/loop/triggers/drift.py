"""Drift: the loop runs when what is asked no longer looks like what the champion learnt from."""

from __future__ import annotations

from pydantic import Field

from danlu.loop.triggers.base import Due, Facts, Trigger
from danlu.store.records import Loop


class Drift(Trigger):
    """Due when a column of the newest week has moved by more than ``index``."""

    index: float = Field(0.25, gt=0, le=10)
    """Population stability index; 0.1 is little, 0.25 is a lot."""
    rows: int = Field(200, ge=1)
    """With fewer predictions a day says nothing."""

    def due(self, loop: Loop, now: float, facts: Facts) -> Due | None:
        """Return the run that this day makes; a day runs once."""
        del now
        run = f"drift {facts.day}"
        if facts.rows < self.rows or facts.drift <= self.index or loop.last_run == run:
            return None
        return Due(
            f"drift of '{facts.drifted}' in the week to {facts.day}: {facts.drift:.2f}",
            run, code="drift", args={"column": facts.drifted, "day": facts.day,
                                     "index": round(facts.drift, 3), "above": self.index},
        )  # fmt: skip

    def next_at(self, loop: Loop, now: float) -> float | None:
        """Return None: nobody knows."""
        del loop, now
        return None
