"""Rows: the loop runs when enough predictions have got their truth."""

from __future__ import annotations

from pydantic import Field

from danlu.loop.triggers.base import Due, Facts, Trigger
from danlu.store.records import Loop


class Rows(Trigger):
    """Due after so many joined rows since the last run."""

    rows: int = Field(1000, ge=1)
    """How many joined rows make a run worth while."""

    def due(self, loop: Loop, now: float, facts: Facts) -> Due | None:
        """Return the run that these rows make; a dataset version is learnt from once."""
        del now
        run = f"version {facts.version}"
        if facts.joined < self.rows or loop.last_run == run:
            return None
        return Due(
            f"{facts.joined} rows of feedback (from {self.rows} on)", run, code="rows",
            args={"rows": facts.joined, "from": self.rows},
        )  # fmt: skip

    def next_at(self, loop: Loop, now: float) -> float | None:
        """Return None: rows come when they come."""
        del loop, now
        return None
