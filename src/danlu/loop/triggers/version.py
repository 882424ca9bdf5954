"""Version: the loop runs when somebody has added to its dataset."""

from __future__ import annotations

from danlu.loop.triggers.base import Due, Facts, Trigger
from danlu.store.records import Loop


class Version(Trigger):
    """Due when the dataset has a version that the loop has not learnt from."""

    def due(self, loop: Loop, now: float, facts: Facts) -> Due | None:
        """Return the run that a version makes; what a retrain itself has added does not count."""
        del now
        run = f"version {facts.version}"
        learnt = max((int(cycle.get("data") or 0) for cycle in loop.cycles), default=0)
        if facts.version <= learnt or loop.last_run == run:
            return None
        return Due(
            f"version {facts.version} of the data", run, code="version",
            args={"version": facts.version},
        )  # fmt: skip

    def next_at(self, loop: Loop, now: float) -> float | None:
        """Return None: data comes when it comes."""
        del loop, now
        return None
