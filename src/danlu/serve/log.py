"""Log: predictions and feedback, durable before they are acknowledged, in groups.

One thread writes. While it commits, new submissions gather; they are the next group. So nobody
waits for a window to pass, and a busy log needs few syncs.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import queue
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from danlu.errors import BusyError, DanluError, StorageError
from danlu.serve.log_feedback import FeedbackBatch, write_feedback
from danlu.serve.log_file import DISK_ERRORS, FULL, SqliteError, code_of, failure, open_writer
from danlu.serve.log_traffic import Seen, write_traffic

LARGEST_PENDING_BYTES = 64 << 20
TOGETHER = 256
"""Submissions in one commit, at most."""
SWITCH_S = 0.0005
"""The writer wants the interpreter back after each call of SQLite; a busy event loop would keep it
for Python's 5 ms, several times a commit."""
PROBE_S = 2.0
"""After a full disk, writing is tried again this often."""
SEEN_BYTES = 200
"""What a counted request weighs in the queue."""
DAY_US = 86_400_000_000
AT_ONCE = (64, 8, 1)
"""Requests in one INSERT: one call of SQLite, so one hand-over of the interpreter lock."""

Future = asyncio.Future[Any] | concurrent.futures.Future[Any]
Outcome = tuple[Future, object]


class Entry(NamedTuple):
    """The predictions of one request."""

    project: str
    deployment: str
    model: str
    prefix: str
    """Of their ids."""
    at_us: int
    """Unix time in microseconds at which the request came."""
    latency_us: int
    rows: int
    warned: int
    explored: int
    content: bytes
    """JSON ``[[row, answer, decision, propensity, warnings], ...]``."""
    shadow: bool = False
    """Answered by a challenger beside the model that was asked; never given to the client."""

    def seen(self) -> Seen:
        """Return the request as traffic counts it."""
        return Seen(
            self.project, self.deployment, self.model, self.at_us, self.latency_us, self.rows,
            self.warned, shadow=self.shadow,
        )  # fmt: skip


What = Entry | FeedbackBatch | Seen


class _Item(NamedTuple):
    what: What
    future: Future | None
    size: int


class Log:
    """The writer; one per file. Safe to call from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = open_writer(path)
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_S))
        self._sources: dict[tuple[str, str], int] = {}
        self._arrived: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._pending_bytes = 0
        self._failure: StorageError | None = None
        self._failed_at = 0.0
        self._closed = False
        self._writer = threading.Thread(target=self._run, name="prediction-log", daemon=True)
        self._writer.start()

    @property
    def failure(self) -> StorageError | None:
        """Why nothing more is accepted, if so."""
        return self._failure

    @property
    def pending_bytes(self) -> int:
        """Accepted into the queue and not yet on the disk."""
        return self._pending_bytes

    def submit(self, what: What, future: Future | None = None) -> None:
        """Queue a submission; ``future`` resolves when it is on the disk (feedback: to its counts).

        Raises at once when the disk has failed (`StorageError`) or the queue is full (`BusyError`).
        """
        self._check()
        size = SEEN_BYTES if isinstance(what, Seen) else len(what.content)
        with self._lock:
            if self._closed or self._pending_bytes > LARGEST_PENDING_BYTES:
                raise BusyError(
                    "the prediction log is closing" if self._closed else
                    "the prediction log cannot keep up",
                    code="log_busy", where=f"file '{self.path.name}'",
                    do="Try again in a second.", retry_after_s=1,
                )  # fmt: skip
            self._pending_bytes += size
            self._arrived.put(_Item(what, future, size))

    def write(self, what: What) -> Any:
        """Submit and wait until it is on the disk; for callers without an event loop."""
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        self.submit(what, future)
        return future.result()

    def close(self) -> None:
        """Write what is queued and close the file."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._arrived.put(None)
        self._writer.join()
        self._connection.close()

    def _check(self) -> None:
        """Refuse while latched; after a full disk one submission in ``PROBE_S`` may try."""
        if self._failure is None:
            return
        full = self._failure.code == "log_full"
        if not full or time.monotonic() - self._failed_at < PROBE_S:
            raise self._failure
        self._failed_at = time.monotonic()

    def _run(self) -> None:
        while (item := self._arrived.get()) is not None:
            group = [item]
            last = False
            while len(group) < TOGETHER and not self._arrived.empty():
                more = self._arrived.get()
                if more is None:
                    last = True
                    break
                group.append(more)
            self._settle(self._commit(group))
            with self._lock:
                self._pending_bytes -= sum(i.size for i in group)
            if last:
                return

    def _commit(self, group: Sequence[_Item]) -> list[Outcome]:
        """Write a group in one transaction, or, when one of it is at fault, each in its own."""
        try:
            outcomes = self._write(group)
        except SqliteError as error:
            self._roll_back()
            if code_of(error) in DISK_ERRORS:
                return self._latch(group, error)
            if len(group) == 1:
                return _outcomes(group, failure(error, self.path))
            return [outcome for item in group for outcome in self._commit([item])]
        self._failure = None
        return outcomes

    def _write(self, group: Sequence[_Item]) -> list[Outcome]:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        entries = [i.what for i in group if isinstance(i.what, Entry)]
        self._insert("request", [e for e in entries if not e.shadow])
        self._insert("shadow", [e for e in entries if e.shadow])
        self._count([e for e in entries if not e.shadow])
        seen = [i.what for i in group if isinstance(i.what, Seen)] + [e.seen() for e in entries]
        sources = [self._source(one.project, one.deployment) for one in seen]
        write_traffic(self._connection, zip(sources, seen, strict=True))
        outcomes: list[Outcome] = []
        for item in group:
            result: object = None
            if isinstance(item.what, FeedbackBatch):
                source = self._source(item.what.project, item.what.deployment)
                result = write_feedback(self._connection, source, item.what)
            if item.future is not None:
                outcomes.append((item.future, result))
        execute("COMMIT")
        return outcomes

    def _insert(self, table: str, entries: Sequence[Entry]) -> None:
        start = 0
        for width in AT_ONCE:
            values = ",".join(["(?,unhex(?,'-'),?,?,?,?,?)"] * width)
            statement = (
                f"INSERT INTO {table} (deployment,prefix,model,at_us,latency_us,rows,content) "
                f"VALUES {values}"
            )
            while len(entries) - start >= width:
                parameters: list[object] = []
                for e in entries[start : start + width]:
                    parameters += (
                        self._source(e.project, e.deployment), e.prefix, e.model, e.at_us,
                        e.latency_us, e.rows, e.content.decode(),
                    )  # fmt: skip
                self._connection.execute(statement, parameters)
                start += width

    def _count(self, entries: Sequence[Entry]) -> None:
        totals: dict[tuple[int, int, str], list[int]] = defaultdict(lambda: [0, 0, 0])
        for e in entries:
            total = totals[self._source(e.project, e.deployment), e.at_us // DAY_US, e.model]
            total[0] += e.rows
            total[1] += e.warned
            total[2] += e.explored
        for key, (rows, warned, explored) in totals.items():
            self._connection.execute(
                "INSERT INTO tally (deployment,day,model,predictions,warned,explored) "
                "VALUES (?,?,?,?,?,?) ON CONFLICT DO UPDATE SET predictions=predictions+?4,"
                "warned=warned+?5,explored=explored+?6",
                (*key, rows, warned, explored),
            )

    def _source(self, project: str, deployment: str) -> int:
        """Return the number under which this deployment's rows are stored."""
        key = (project, deployment)
        known = self._sources.get(key)
        if known is None:
            self._connection.execute(
                "INSERT OR IGNORE INTO deployment (project,name) VALUES (?,?)", key
            )
            known = int(self._connection.execute(
                "SELECT id FROM deployment WHERE project=? AND name=?", key
            ).fetchone()[0])  # fmt: skip
            self._sources[key] = known
        return known

    def _roll_back(self) -> None:
        self._sources.clear()
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except SqliteError:  # the first error is the one to tell
                return

    def _latch(self, group: Sequence[_Item], error: SqliteError) -> list[Outcome]:
        """Accept nothing more: after one failed sync, a later one that works proves nothing."""
        self._failure, self._failed_at = failure(error, self.path), time.monotonic()
        if code_of(error) != FULL:
            self._failure.do = "Repair the disk and restart; what was acknowledged before is safe."
        return _outcomes(group, self._failure)

    def _settle(self, outcomes: Sequence[Outcome]) -> None:
        """Resolve futures: those of one event loop in one call to it."""
        loops: dict[asyncio.AbstractEventLoop, list[Outcome]] = defaultdict(list)
        for future, outcome in outcomes:
            if isinstance(future, asyncio.Future):
                loops[future.get_loop()].append((future, outcome))
            else:
                _resolve([(future, outcome)])
        for loop, own in loops.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, own)


def _outcomes(group: Sequence[_Item], outcome: object) -> list[Outcome]:
    return [(item.future, outcome) for item in group if item.future is not None]


def _resolve(outcomes: Sequence[Outcome]) -> None:
    for future, outcome in outcomes:
        if future.done():  # its client has gone
            continue
        if isinstance(outcome, DanluError):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
