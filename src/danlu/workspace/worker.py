"""Worker: carries out leased jobs, holding on to each lease while it works."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Collection
from types import TracebackType

import psutil

from danlu.errors import ConflictError, DanluError, StorageError
from danlu.store import leases
from danlu.store.leases import Fenced
from danlu.store.records import Identity, Job, Json
from danlu.store.rights import itself
from danlu.store.transaction import Transaction
from danlu.workspace.burial import bury
from danlu.workspace.place import Place

TICK_S, RENEW_S, IDLE_S = 0.25, 8.0, 0.25

Stop = Callable[[], bool]
Work = Callable[[Place, Job, Stop], Json]
"""Does a job of one kind: its place (writes are fenced), the job, whether to stop."""
CLERK = itself("worker")


def owner_name() -> str:
    """Name this process so that others can tell whether it still lives."""
    me = psutil.Process()
    return f"{socket.gethostname()}/{me.pid}/{me.create_time():.2f}/{threading.get_ident()}"


def is_dead(owner: str) -> bool:
    """Tell whether the process that holds a lease on this machine has ended."""
    host, _, rest = owner.partition("/")
    pid, _, rest = rest.partition("/")
    born = rest.partition("/")[0]
    if host != socket.gethostname() or not pid.isdecimal():
        return False
    try:
        process = psutil.Process(int(pid))
        return f"{process.create_time():.2f}" != born or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


class Hold:
    """Keeps one lease alive in a thread of its own, and notices when work should stop."""

    def __init__(self, place: Place, job: Job, tick: Callable[[], None] | None) -> None:
        self._place, self._job, self._tick = place, job, tick
        self.cancelled, self.lost = job.cancel, False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"lease-{job.id}", daemon=True)

    def __enter__(self) -> Hold:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        renewed = time.monotonic()
        while not self._over.wait(TICK_S):
            try:
                if time.monotonic() - renewed > RENEW_S:
                    self._renew()
                    renewed = time.monotonic()
                self._look()
            except ConflictError:
                self.lost = True
                return
            except (StorageError, DanluError):  # the disk or another writer: the lease may yet hold
                self.lost = self.lost or time.monotonic() - renewed > leases.LEASE_S

    def _renew(self) -> None:
        with self._place.store.begin(CLERK) as tx:
            leases.renew(tx, self._job, time.monotonic())

    def _look(self) -> None:
        with self._place.store.begin(CLERK, write=False) as tx:
            self.cancelled = leases.demand_lease(tx, self._job).cancel
        if self._tick is not None:
            self._tick()


class Worker:
    """Claims jobs and does them; ``work`` says how, by kind."""

    def __init__(self, place: Place, work: dict[str, Work]) -> None:
        self._place, self._work = place, work

    def claim(self, kinds: Collection[str] | None) -> Job | None:
        """Lease the next job of any project."""
        with self._place.store.begin(CLERK) as tx:
            doomed, now = leases.given_up(tx), time.monotonic()
            taken = leases.claim(tx, owner_name(), now, kinds=kinds, is_dead=is_dead)
            self._bury(tx, doomed)
            return taken

    def claim_one(self, job_id: str) -> Job | None:
        """Lease this job, unless somebody living holds it."""
        with self._place.store.begin(CLERK) as tx:
            doomed, now = leases.given_up(tx), time.monotonic()
            taken = leases.claim_one(tx, job_id, owner_name(), now=now, is_dead=is_dead)
            self._bury(tx, doomed)
            return taken

    def _bury(self, tx: Transaction, doomed: Collection[Job]) -> None:
        """End what those jobs were about that have just been given up."""
        for job in doomed:
            now = tx.get(Job, job.id)
            if now.state == "failed":
                bury(tx, now)

    def carry_out(
        self, job: Job, *, stop: Stop = lambda: False, tick: Callable[[], None] | None = None
    ) -> Job:
        """Do a leased job and return how it ended; its error is kept with it, and raised."""
        who = Identity(name=str(job.args.get("by", "worker")), role="admin", project=job.project)
        fenced = Place(
            **{**vars(self._place), "who": who, "store": Fenced(self._place.store, job, who)}
        )
        with Hold(self._place, job, tick) as hold:
            try:
                result = self._work[job.kind](
                    fenced, job, lambda: hold.cancelled or hold.lost or stop()
                )
            except KeyboardInterrupt:
                self._end(job, leases.end_cancelled)
                raise
            except DanluError as error:
                if hold.lost or error.code == "lease_lost":
                    raise
                return self._failed(job, error, hold, stop)
            except Exception as error:  # written down, then raised as it was
                cause = {
                    "title": f"a defect in Danlu: {error!r}", "code": "defect",
                    "args": {"error": repr(error)},
                }  # fmt: skip
                self._end(job, lambda tx, own: leases.fail(tx, own, cause))
                raise
        return self._done(job, result, hold, stop)

    def _done(self, job: Job, result: Json, hold: Hold, stop: Stop) -> Job:
        if hold.cancelled:
            return self._end(job, leases.end_cancelled)
        if stop():  # this process ends: who comes next goes on
            return self._end(job, leases.release)
        return self._end(job, lambda tx, own: leases.finish(tx, own, result))

    def _failed(self, job: Job, error: DanluError, hold: Hold, stop: Stop) -> Job:
        if hold.cancelled:
            return self._end(job, leases.end_cancelled)
        if stop():
            return self._end(job, leases.release)
        self._end(job, lambda tx, own: leases.fail(tx, own, error.problem()))
        raise error

    def _end(self, job: Job, how: Callable[..., Job]) -> Job:
        with self._place.store.begin(CLERK) as tx:
            ended = how(tx, job)
            if ended.state in ("failed", "cancelled"):
                bury(tx, ended)
            own = self._place.acting(CLERK.model_copy(update={"project": job.project}))
            own.tell(tx, f"job/{job.id}", ended.state, {"kind": job.kind, "cause": ended.cause})
            return ended
