"""Memory: what this process held at its peak, without what its parent held before it."""

from __future__ import annotations

import re
import resource
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_mb() -> float:
    """Return the peak of resident memory in MB since this program was started.

    ``ru_maxrss`` of a child that was spawned begins at its parent's size (getrusage(2) keeps it
    through execve), so a small model would be blamed for a large conductor.
    """
    try:
        found = re.search(r"^VmHWM:\s+(\d+) kB", STATUS.read_text("ascii"), re.MULTILINE)
    except OSError:  # not Linux
        found = None
    kilobytes = int(found[1]) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes * 1024 / 1e6
