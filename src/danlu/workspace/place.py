"""Place: what every noun of a workspace works with."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from danlu.errors import InvalidError
from danlu.execute.base import Call, Executor, Report
from danlu.execute.local import EngineClient, LocalExecutor, LocalHandle
from danlu.store.backends.base import Store
from danlu.store.blobs.base import Blobs
from danlu.store.records import Audit, Event, Identity, Json
from danlu.store.transaction import Transaction
from danlu.workspace.home import Lock
from danlu.workspace.settings import Settings

NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
LONGEST_NAME = 128


class Hands:
    """The executor of one process, started when first needed."""

    def __init__(self, home: Path, executor: Executor | None, slots: int) -> None:
        self._home, self._executor, self._slots = home, executor, slots
        self._guard = threading.Lock()
        self.lock = Lock(home)

    def executor(self) -> Executor:
        """Return the executor; from now on this process holds the workspace's lock."""
        with self._guard:
            if self._executor is None:
                self.lock.take()
                self._executor = LocalExecutor(self._home, slots=self._slots)
            return self._executor

    def close(self) -> None:
        """End what runs and let go of the lock."""
        with self._guard:
            if self._executor is not None:
                self._executor.close()
                self._executor = None
            self.lock.release()


@dataclass(frozen=True)
class Place:
    """A workspace's parts, as seen by one identity."""

    home: Path
    store: Store
    blobs: Blobs
    who: Identity
    hands: Hands
    settings: Settings
    served: bool = False
    """A server's other processes run the jobs; here only rows are written."""
    now: Callable[[], float] = field(default=time.time)

    def acting(self, who: Identity) -> Place:
        """Return the same parts for somebody else."""
        return replace(self, who=who)

    def ask(self, run: str, args: Json, *, timeout_s: float = 120.0) -> Json:
        """Run one small call where torch and duckdb live, and return its result."""
        call = Call(run=run, args=args, timeout_s=timeout_s)
        if not self.served:
            return self.hands.executor().submit(call, _ignore).wait()
        engine = EngineClient(self.home / "run" / "engine.sock")
        return LocalHandle(engine.open({"call": call.model_dump()}), call, _ignore).wait()

    @contextmanager
    def scratch(self, name: str) -> Iterator[Path]:
        """Give an empty folder, whatever a killed job left there; it is gone afterwards."""
        folder = self.home / "tmp" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def tell(self, tx: Transaction, topic: str, kind: str, body: Json | None = None) -> None:
        """Append an event of this project."""
        project = self.who.project
        tx.append(Event(project=project, topic=topic, kind=kind, body=body or {}, at=self.now()))

    def note(self, tx: Transaction, action: str, subject: str, detail: Json | None = None) -> None:
        """Append to the audit trail who did what."""
        tx.append(
            Audit(
                project=self.who.project, actor=self.who.name, action=action, subject=subject,
                detail=detail or {}, at=self.now(),
            )
        )  # fmt: skip


def check_name(name: str, what: str) -> str:
    """Return a name that can stand in a URL and a file; refuse any other."""
    if not name or len(name) > LONGEST_NAME or not NAME_CHARACTERS.issuperset(name):
        raise InvalidError(
            f"{what} cannot be called {name[:200]!r}", code="name", where=what,
            do=f"Use 1 to {LONGEST_NAME} of the characters A-Z a-z 0-9 . _ -", name=name[:200],
        )  # fmt: skip
    return name


def poll(
    ready: Callable[[], bool], *, timeout_s: float | None = None, every_s: float = 0.1
) -> bool:
    """Wait until ``ready``; False when the time is over."""
    until = None if timeout_s is None else time.monotonic() + timeout_s
    while not ready():
        if until is not None and time.monotonic() > until:
            return False
        time.sleep(every_s)
    return True


_ignore: Report = lambda event: None  # noqa: E731, ARG005 - nobody looks at these events
