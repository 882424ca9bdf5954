"""Decay: the loop runs when the champion does worse on ripe days than it had promised."""

from __future__ import annotations

from pydantic import Field

from danlu.loop.triggers.base import Due, Facts, Trigger
from danlu.store.records import Loop


class Decay(Trigger):
    """Due when the last ripe week has surely lost more than ``share`` of the promised metric."""

    share: float = Field(0.05, gt=0, le=1)
    """Of the promise: 0.05 = an AUC of 0.80 has fallen below 0.76."""

    def due(self, loop: Loop, now: float, facts: Facts) -> Due | None:
        """Return the run that this ripe day makes; a day runs once."""
        del now
        run = f"decay {facts.ripe_day}"
        if facts.lost <= self.share or loop.last_run == run:
            return None
        return Due(
            f"{facts.lost:.1%} of the promise lost in the week to {facts.ripe_day}",
            run, code="decay",
            args={"day": facts.ripe_day, "lost": round(facts.lost, 4), "above": self.share},
        )  # fmt: skip

    def next_at(self, loop: Loop, now: float) -> float | None:
        """Return None: nobody knows."""
        del loop, now
        return None
