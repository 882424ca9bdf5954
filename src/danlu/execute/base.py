"""Executor: where a Call runs; a Call is a dotted name and JSON, nothing else."""

from __future__ import annotations

import contextlib
import importlib
import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from danlu.errors import InvalidError
from danlu.params import Params

Json = dict[str, Any]
Report = Callable[[Json], None]
Run = Callable[[Json, Report], Json]
MEMORY_SHARE = 0.8


class Call(Params):
    """One piece of work that may run in another process: ``run(args, report) -> result``."""

    run: str
    """Dotted name of a job: `danlu.train.job:run`."""
    args: Json = Field(default_factory=dict)
    threads: int = 1
    """Threads of its tensor operations; the same number gives the same bits."""
    memory_bytes: int | None = None
    """Most memory it may take beyond what it starts with; None = the executor's own cap."""
    timeout_s: float | None = None
    """Wall clock after which it is ended."""
    idle_s: float | None = None
    """It hangs when it has used no processor for so long; None = it may sleep."""
    silent_s: float | None = None
    """It hangs when it has reported nothing for so long; None = it need not say anything."""


class Handle(ABC):
    """A submitted call; nothing is reported while nobody waits."""

    @abstractmethod
    def wait(self, timeout_s: float | None = None) -> Json:
        """Return the result; events go to ``report`` meanwhile, in this thread.

        Raises the job's own error, TrainingError with code crashed, out_of_memory, timed_out,
        hung, cancelled or lost (and ``tail``, its last words); TimeoutError after ``timeout_s``.
        """

    @abstractmethod
    def cancel(self) -> None:
        """End it, with everything it started; ``wait`` then raises code cancelled."""


class Executor(ABC):
    """A place where calls run, up to ``slots`` at a time."""

    isolated: ClassVar[bool]
    """Whether a call that dies leaves this process alive."""
    slots: int
    """How many calls fill this place."""
    threads: int
    """Threads a call should take when all slots are busy."""

    @property
    def memory_bytes(self) -> int:
        """Most memory a call may take, unless it asks for less."""
        return most_memory()

    @abstractmethod
    def submit(self, call: Call, report: Report) -> Handle:
        """Start (or queue) a call."""

    @abstractmethod
    def close(self) -> None:
        """End what still runs and give everything back; twice is fine."""


def most_memory() -> int:
    """Return the share of the machine's memory, or of this container's, that one call may take."""
    found = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):  # no such file; "max"
            found.append(int(Path("/sys/fs/cgroup", name).read_text()))
    return int(MEMORY_SHARE * min(found))


def load(name: str) -> Run:
    """Import a job by its dotted name; only our own code can be named."""
    module, colon, function = name.partition(":")
    if not colon or not module.startswith("danlu."):
        raise InvalidError(f"'{name}' is no job", code="job_unknown", do="Name danlu.x.y:run.")
    found: Run = getattr(importlib.import_module(module), function)
    return found
