"""Leases: who works on which job; a pure state machine over one transaction, clock given.

``queued -> leased -> done | failed | cancelled``. A lease that runs out is claimed again, with a
new token; a commit with the old token is refused. ``now`` is the machine's monotonic clock.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from danlu.errors import ConflictError
from danlu.store.backends.base import Store
from danlu.store.records import Identity, Job, Json
from danlu.store.transaction import Transaction

LEASE_S = 30.0
LONGEST_LEASE_S = 600.0
"""A lease that ends later than this from now is of another boot of the machine."""
MOST_ATTEMPTS = 50
_OVER = ("done", "failed", "cancelled")


def submit(tx: Transaction, job: Job) -> Job:
    """Queue a job."""
    return tx.insert(job)


def has_expired(job: Job, now: float) -> bool:
    """Tell whether nobody holds this leased job any more."""
    return not now < job.lease_until <= now + LONGEST_LEASE_S


def claim(
    tx: Transaction,
    owner: str,
    now: float,
    *,
    lease_s: float = LEASE_S,
    kinds: Collection[str] | None = None,
    is_dead: Callable[[str], bool] = lambda owner: False,  # noqa: ARG005 - nobody is known dead
) -> Job | None:
    """Lease the oldest job that waits, or whose holder is gone; None when there is none.

    One that has died too often is given up: ``given_up`` lists those.
    """
    waiting = tx.all(Job, state="queued")
    held = tx.all(Job, state="leased")
    free = [*waiting, *(job for job in held if has_expired(job, now) or is_dead(job.owner))]
    for job in sorted(free, key=lambda job: job.created_at):
        if kinds is not None and job.kind not in kinds:
            continue
        taken = _take(tx, job, owner, now + lease_s)
        if taken is not None:
            return taken
    return None


def given_up(tx: Transaction) -> list[Job]:
    """List the jobs that died too often and are still to be claimed; claiming ends them."""
    live = [*tx.all(Job, state="queued"), *tx.all(Job, state="leased")]
    return [job for job in live if job.attempt >= MOST_ATTEMPTS]


def claim_one(
    tx: Transaction,
    job_id: str,
    owner: str,
    *,
    now: float,
    is_dead: Callable[[str], bool] = lambda owner: False,  # noqa: ARG005 - nobody is known dead
) -> Job | None:
    """Lease this very job, if it waits or its holder is gone."""
    job = tx.get(Job, job_id)
    gone = job.state == "leased" and (has_expired(job, now) or is_dead(job.owner))
    if job.state != "queued" and not gone:
        return None
    return _take(tx, job, owner, now + LEASE_S)


def renew(
    tx: Transaction, job: Job, now: float, *, lease_s: float = LEASE_S, progress: Json | None = None
) -> Job:
    """Hold on to a job and note how far it is; the answer's ``cancel`` says when to stop."""
    held = demand_lease(tx, job)
    news: dict[str, Any] = {} if progress is None else {"progress": held.progress | progress}
    return tx.replace(held.model_copy(update={"lease_until": now + lease_s, **news}))


def finish(tx: Transaction, job: Job, result: Json) -> Job:
    """End a job well."""
    return _end(tx, demand_lease(tx, job), state="done", result=result)


def fail(tx: Transaction, job: Job, cause: Json) -> Job:
    """End a job badly, with the problem document that says why."""
    return _end(tx, demand_lease(tx, job), state="failed", cause=cause)


def release(tx: Transaction, job: Job) -> Job:
    """Give a job back unfinished: who asks next goes on with it."""
    held = demand_lease(tx, job)
    return tx.replace(held.model_copy(update={"state": "queued", "owner": "", "lease_until": 0.0}))


def cancel(tx: Transaction, job_id: str) -> Job:
    """Ask that a job stops; one that nobody has begun is over at once."""
    job = tx.get(Job, job_id)
    if job.state == "queued":
        return _end(tx, job, state="cancelled")
    if job.state in _OVER or job.cancel:
        return job
    return tx.replace(job.model_copy(update={"cancel": True}))


def end_cancelled(tx: Transaction, job: Job) -> Job:
    """Mark a job stopped as asked."""
    return _end(tx, demand_lease(tx, job), state="cancelled")


def demand_lease(tx: Transaction, job: Job) -> Job:
    """Return the job's newest row, if ``job`` still is the attempt that holds it (fencing)."""
    held = tx.get(Job, job.id)
    if held.state != "leased" or held.token != job.token:
        raise ConflictError(
            f"job '{job.id}' is no longer held by this attempt", code="lease_lost",
            where=f"token {job.token}, now {held.token} ({held.state})",
            do="Nothing: whoever holds it goes on.", token=job.token,
        )  # fmt: skip
    return held


class Fenced(Store):
    """A store whose every write first checks that the job is still ours."""

    def __init__(self, inner: Store, job: Job, worker: Identity) -> None:
        self._inner, self._job, self._worker = inner, job, worker

    @contextmanager
    def begin(self, who: Identity, *, write: bool = True) -> Iterator[Transaction]:
        """Open a transaction; a write with a lost lease raises ConflictError."""
        with self._inner.begin(who, write=write) as tx:
            if write:
                demand_lease(tx, self._job)
            yield tx

    def authenticate(self, sha256: str, *, now: float | None = None) -> Identity | None:
        """Return whose secret has this hash."""
        return self._inner.authenticate(sha256, now=now)

    def broken(self) -> str:
        """Return the I/O error since which nothing is written."""
        return self._inner.broken()

    def close(self) -> None:
        """Leave the store open; it belongs to whoever fenced it."""


def _take(tx: Transaction, job: Job, owner: str, until: float) -> Job | None:
    """Lease a free job, unless it has died too often; one that is to stop, to end it properly."""
    if job.attempt >= MOST_ATTEMPTS:
        cause = {
            "title": f"gave up after {job.attempt} attempts", "code": "gave_up",
            "args": {"attempts": job.attempt},
            "fix": "Whoever worked on it died each time: see the log of the server, then resume.",
        }  # fmt: skip
        _end(tx, job, state="failed", cause=cause)
        return None
    taken = {"attempt": job.attempt + 1, "token": job.token + 1, "owner": owner}
    return tx.replace(job.model_copy(update={"state": "leased", "lease_until": until, **taken}))


def _end(tx: Transaction, job: Job, **news: Any) -> Job:
    return tx.replace(job.model_copy(update={"lease_until": 0.0, **news}))
