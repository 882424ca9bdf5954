"""Memory: a store that forgets everything at the end; for tests and throw-away work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from danlu.store.backends.base import Store
from danlu.store.database import Database
from danlu.store.engine import connect
from danlu.store.migrate import upgrade
from danlu.store.records import Identity
from danlu.store.transaction import Transaction


class MemoryStore(Store):
    """The same database code over one connection to memory; transactions take turns."""

    def __init__(self) -> None:
        self._database = Database(connect(None), "memory")
        self._turn = threading.Lock()
        upgrade(self._database.engine)

    @contextmanager
    def begin(self, who: Identity, *, write: bool = True) -> Iterator[Transaction]:
        """Open a transaction."""
        with self._turn, self._database.begin(who, write=write) as transaction:
            yield transaction

    def authenticate(self, sha256: str, *, now: float | None = None) -> Identity | None:
        """Return whose secret has this hash."""
        with self._turn:
            return self._database.authenticate(sha256, now)

    def broken(self) -> str:
        """Return the I/O error since which nothing is written."""
        return self._database.latch.cause

    def close(self) -> None:
        """Forget everything."""
        self._database.engine.dispose()
