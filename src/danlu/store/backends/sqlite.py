"""SQLite: one file in the workspace; write-ahead log, every commit fsynced."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from danlu.store.backends.base import Store
from danlu.store.database import Database
from danlu.store.engine import connect
from danlu.store.migrate import upgrade_file
from danlu.store.records import Identity
from danlu.store.transaction import Transaction


class SqliteStore(Store):
    """A database file, brought up to date (after a backup) when it is opened."""

    def __init__(self, path: Path) -> None:
        self._database = Database(connect(path), path.name)
        with self._database.translated():
            upgrade_file(self._database.engine, path)

    def begin(self, who: Identity, *, write: bool = True) -> AbstractContextManager[Transaction]:
        """Open a transaction; BEGIN IMMEDIATE when it writes."""
        return self._database.begin(who, write=write)

    def authenticate(self, sha256: str, *, now: float | None = None) -> Identity | None:
        """Return whose secret has this hash."""
        return self._database.authenticate(sha256, now)

    def broken(self) -> str:
        """Return the I/O error since which nothing is written."""
        return self._database.latch.cause

    def close(self) -> None:
        """Close every connection."""
        self._database.engine.dispose()
