"""Jobs: pieces of work with a lease: listed, cancelled, and done."""

from __future__ import annotations

import builtins
import contextlib
import json
import os
import time
from collections.abc import Callable, Collection

from danlu.errors import DanluError
from danlu.execute.usage import STALE_S, Diary, Meter, Usage, thinned
from danlu.store.records import Job
from danlu.workspace.line import Line
from danlu.workspace.place import Place
from danlu.workspace.worker import IDLE_S

UNFINISHED = ("leased", "queued")
SINCE_S = 600.0
LOOK_S = 0.2
"""A tree nobody watches is looked at twice, so far apart."""


class Jobs:
    """The jobs of a project."""

    def __init__(self, place: Place, line: Line) -> None:
        self._place, self._line = place, line

    def list(self, *, unfinished: bool = False) -> list[Job]:
        """List the jobs, newest first; or only those that wait or are worked on."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            if not unfinished:
                return tx.all(Job, newest=True, limit=1000)
            live = [job for state in UNFINISHED for job in tx.all(Job, state=state)]
        return sorted(live, key=lambda job: -job.created_at)

    def show(self, job_id: str) -> Job:
        """Return one job: state, progress, result or cause."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return tx.get(Job, job_id)

    def cancel(self, job_id: str) -> Job:
        """Ask that a job stops; what it finished is kept."""
        return self._line.cancel(self.show(job_id))

    def usage(
        self, *, since: float | None = None, until: float | None = None, points: int = 120
    ) -> builtins.list[Usage]:  # fmt: skip
        """Say what Danlu took of processors, memory, disk and GPUs, look by look, oldest first.

        Of the last ten minutes unless ``since`` and ``until`` (Unix seconds) say otherwise; the
        launcher of a server looks every five seconds and keeps six hours.
        """
        now = self._place.now()
        diary = Diary(self._place.home)
        start = now - SINCE_S if since is None else since
        found = diary.read(since=start, until=now if until is None else until)
        if until is None and not (found and now - found[-1].at < STALE_S):
            meter = Meter(self._root(), self._place.home)
            meter.look()
            time.sleep(LOOK_S)
            found.append(meter.look())
        return thinned(found, points)

    def _root(self) -> int:
        """Return the process at the top: the server's launcher, or this one."""
        if self._place.served:
            with contextlib.suppress(OSError, ValueError):
                about = json.loads((self._place.home / "run" / "server.json").read_text("utf-8"))
                return int(about["pid"])
        return os.getpid()

    def work(self, *, stop: Callable[[], bool], kinds: Collection[str] | None = None) -> None:
        """Lease and do jobs of every project, one at a time, until ``stop``."""
        while not stop():
            try:
                job = self._line.worker.claim(kinds)
                if job is not None:
                    self._line.worker.carry_out(job, stop=stop)
                    continue
            except DanluError:  # kept with the job; a failing disk shows in the store's health
                pass
            time.sleep(IDLE_S)
