"""Pulse: whether a process still computes; one that sleeps for ever, or is stopped, does not."""

from __future__ import annotations

from pathlib import Path

LOOKS = 6
"""So often in a row nothing was used. Looks, not seconds: a machine may have been asleep."""


class Pulse:
    """Looks at the processor time of a process from time to time."""

    def __init__(self, pid: int, idle_s: float) -> None:
        self._stat, self._every_s = Path(f"/proc/{pid}/stat"), idle_s / LOOKS
        self._used, self._still, self._next = -1, 0, 0.0

    def has_stopped(self, now: float) -> bool:
        """Tell whether no processor time was used for ``idle_s``, looking if it is time to."""
        if now < self._next:
            return False
        self._next = now + self._every_s
        used = self._read()
        self._still = self._still + 1 if used == self._used else 0
        self._used = used
        return self._still >= LOOKS

    def _read(self) -> int:
        """Return clock ticks of all threads; -1 when the process is gone."""
        try:
            fields = self._stat.read_text("ascii", "replace").rpartition(") ")[2].split()
        except OSError:
            return -1
        return int(fields[11]) + int(fields[12])
