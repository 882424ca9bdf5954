"""Jobs: pieces of work with a lease: listed, cancelled, and done."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from danlu.errors import DanluError
from danlu.store.records import Job
from danlu.workspace.line import Line
from danlu.workspace.place import Place
from danlu.workspace.worker import IDLE_S


class Jobs:
    """The jobs of a project."""

    def __init__(self, place: Place, line: Line) -> None:
        self._place, self._line = place, line

    def list(self) -> list[Job]:
        """List the jobs, newest first."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return tx.all(Job, newest=True, limit=1000)

    def show(self, job_id: str) -> Job:
        """Return one job: state, progress, result or cause."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return tx.get(Job, job_id)

    def cancel(self, job_id: str) -> Job:
        """Ask that a job stops; what it finished is kept."""
        return self._line.cancel(self.show(job_id))

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
