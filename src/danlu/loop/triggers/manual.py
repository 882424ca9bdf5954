"""Manual: the loop runs when somebody says so, and never by itself."""

from __future__ import annotations

from danlu.loop.triggers.base import Due, Facts, Trigger
from danlu.store.records import Loop


class Manual(Trigger):
    """Never due."""

    def due(self, loop: Loop, now: float, facts: Facts) -> Due | None:
        """Return None: nothing is ever due."""
        del loop, now, facts
        return None

    def next_at(self, loop: Loop, now: float) -> float | None:
        """Return None: nobody knows."""
        del loop, now
        return None
