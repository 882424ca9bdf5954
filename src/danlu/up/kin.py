"""Kin: processes that end with their parent, and none that outlives the tree (Linux)."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def die_with(parent: int) -> None:
    """End this process when ``parent`` ends, even by SIGKILL; call it first, in the main thread."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked
        os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def descendants(pid: int) -> list[int]:
    """List the living processes below ``pid``, children first; zombies are not alive."""
    below: dict[int, list[int]] = {}
    for one in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208  # names, not paths
        try:
            stat = Path("/proc", one, "stat").read_text("ascii", "replace")
        except OSError:  # it ended while we looked
            continue
        state, parent, _ = stat.rpartition(") ")[2].split(maxsplit=2)
        if state not in "ZX":
            below.setdefault(int(parent), []).append(int(one))
    found, fresh = [], [pid]
    while fresh:
        fresh = [child for one in fresh for child in below.get(one, [])]
        found += fresh
    return found


def reap() -> dict[int, int]:
    """Bury every child that has ended: its number and its exit code (negative: a signal)."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        ended[pid] = os.waitstatus_to_exitcode(status)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
