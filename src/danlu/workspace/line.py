"""Line: where nouns hand in jobs, and where those jobs are done in place."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Literal

from danlu.errors import ConflictError, TrainingError, error_of
from danlu.store import leases
from danlu.store.records import Job, Json
from danlu.workspace.burial import UNSAID
from danlu.workspace.duties import end_search
from danlu.workspace.place import Place, poll
from danlu.workspace.worker import Work, Worker

Kind = Literal["import", "experiment", "retrain", "backtest"]
OVER = ("done", "failed", "cancelled")


class Line:
    """Queues jobs of one project; in place it also does them, at once."""

    def __init__(self, place: Place, work: dict[str, Work]) -> None:
        self._place, self.worker = place, Worker(place, work)

    def submit(self, kind: Kind, args: Json) -> Job:
        """Queue a job in the name of who asks."""
        with self._place.store.begin(self._place.who) as tx:
            job = new_job(self._place, kind, args)
            self._place.tell(tx, f"job/{job.id}", "queued", {"kind": kind, "of": args.get("name")})
            return leases.submit(tx, job)

    def finish(self, job: Job, tick: Callable[[], None] | None = None) -> Job:
        """Do a queued job here, or wait until the server has; raises what went wrong."""
        if self._place.served:
            return self._wait(job)
        self._place.hands.lock.take()
        claimed = self.worker.claim_one(job.id)
        if claimed is None:
            raise ConflictError(
                "this job is held by another process, or over", code="job_held",
                where=f"job '{job.id}'", do="Look at it with jobs.show.",
            )  # fmt: skip
        return self.worker.carry_out(claimed, tick=tick)

    def of(self, kind: Kind, name: str) -> Job | None:
        """Return the unfinished job of this kind for a thing, if there is one."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            live = [*tx.all(Job, state="leased"), *tx.all(Job, state="queued")]
        return next((j for j in live if j.kind == kind and j.args.get("name") == name), None)

    def cancel(self, job: Job) -> Job:
        """Ask that a job stops; one that nobody works on is ended here."""
        with self._place.store.begin(self._place.who) as tx:
            asked = leases.cancel(tx, job.id)
            self._place.tell(tx, f"job/{job.id}", "cancel", {"state": asked.state})
        if asked.state == "cancelled" and asked.kind == "experiment":
            end_search(self._place, str(asked.args["name"]), state="stopped")
        if asked.state != "leased" or self._place.served:
            return asked
        left = self.worker.claim_one(job.id)  # its worker is gone
        return asked if left is None else self.worker.carry_out(left)

    def _wait(self, job: Job) -> Job:
        """Poll until the job is over; its cause is raised."""

        def look() -> Job:
            with self._place.store.begin(self._place.who, write=False) as tx:
                return tx.get(Job, job.id)

        poll(lambda: look().state in OVER)
        ended = look()
        if ended.state == "failed":
            raise error_of(UNSAID | ended.cause)
        if ended.state == "cancelled":
            raise TrainingError("the job was cancelled", code="cancelled", where=f"job '{job.id}'")
        return ended


def new_job(place: Place, kind: Kind, args: Json) -> Job:
    """Make a job record of this project, to be submitted."""
    return Job(
        id=secrets.token_hex(8), project=place.who.project, kind=kind,
        args={**args, "by": place.who.name}, created_at=place.now(),
    )  # fmt: skip
