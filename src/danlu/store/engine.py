"""Engine: connections to SQLite as Danlu demands them: new enough, WAL, fsynced, no lock races."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pysqlite3
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool, StaticPool

from danlu.errors import StorageError

OLDEST = (3, 51, 3)
"""Older ones may lose committed rows in WAL mode (the WAL-reset bug)."""
BUSY_TIMEOUT_MS = 15_000


def check_engine_version(version: tuple[int, ...] = pysqlite3.sqlite_version_info) -> None:
    """Refuse an SQLite with the WAL-reset bug."""
    if version[:3] < OLDEST:
        found = ".".join(map(str, version))
        raise StorageError(
            f"SQLite {found} can lose committed rows", code="engine_too_old",
            where="pysqlite3", do="Install pysqlite3 0.6.1 or newer (SQLite >= 3.51.3).",
            found=found,
        )  # fmt: skip


def connect(path: Path | None) -> Engine:
    """Open a database file, or one in memory when ``path`` is None."""
    check_engine_version()
    engine = create_engine(
        "sqlite://" if path is None else f"sqlite:///{path}",
        module=pysqlite3,
        poolclass=StaticPool if path is None else QueuePool,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
    )
    event.listen(engine, "connect", _prepare if path is not None else _prepare_memory)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    """Take the write lock at once for a write; a lock taken half way could dead-lock."""
    write = connection.get_execution_options().get("write", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _prepare_memory(raw: Any, _record: object) -> None:
    """Leave transactions to us."""
    raw.isolation_level = None


def _prepare(raw: Any, record: object) -> None:
    """Demand WAL and full syncing on every connection."""
    _prepare_memory(raw, record)
    raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    mode = raw.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise StorageError(
            f"the database is in '{mode}' mode, not write-ahead logging", code="no_wal",
            do="Put the workspace on a local disk.",
        )  # fmt: skip
    raw.execute("PRAGMA synchronous=FULL")
    raw.execute("PRAGMA foreign_keys=ON")
