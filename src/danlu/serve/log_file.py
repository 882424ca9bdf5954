"""Log file: the SQLite file of the prediction log: its tables, how it is opened, how it fails.

A request is one row, whatever number of predictions it holds: its id prefix, and one JSON array
``[[row, answer, decision, propensity, warnings], ...]``. A prediction's id is that prefix and its
place in the array, so writing costs the same for one row or a thousand, and no id is ever stored.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from danlu.errors import StorageError

if TYPE_CHECKING:  # the same interface, and typed
    import sqlite3 as pysqlite3
else:
    import pysqlite3

Connection = pysqlite3.Connection
SqliteError = pysqlite3.Error

VERSION = 2
OLDEST_SQLITE = (3, 51, 3)
"""Older engines can lose committed rows: the WAL-reset bug."""
BUSY_MS = 5000
FULL = 13  # https://www.sqlite.org/rescode.html
DISK_ERRORS = frozenset({8, 10, 11, 13, 14, 26})
"""Read-only, I/O, corrupt, full, cannot open, not a database: nothing more may be promised."""

BUCKETS = 32
"""Of the latencies of a minute, see `danlu.serve.log_traffic`."""
SCHEMA = """
CREATE TABLE deployment (
  id INTEGER PRIMARY KEY, project TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (project, name));
CREATE TABLE request (
  seq INTEGER PRIMARY KEY, deployment INTEGER NOT NULL, prefix BLOB NOT NULL,
  model TEXT NOT NULL, at_us INTEGER NOT NULL, latency_us INTEGER NOT NULL,
  rows INTEGER NOT NULL, content TEXT NOT NULL);
CREATE UNIQUE INDEX request_prefix ON request (deployment, prefix);
CREATE TABLE shadow (
  seq INTEGER PRIMARY KEY, deployment INTEGER NOT NULL, prefix BLOB NOT NULL,
  model TEXT NOT NULL, at_us INTEGER NOT NULL, latency_us INTEGER NOT NULL,
  rows INTEGER NOT NULL, content TEXT NOT NULL);
CREATE UNIQUE INDEX shadow_prefix ON shadow (deployment, prefix, model);
CREATE TABLE feedback (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, deployment INTEGER NOT NULL, prefix BLOB NOT NULL,
  row INTEGER NOT NULL, at_us INTEGER NOT NULL, delay_us INTEGER NOT NULL, truth TEXT NOT NULL);
CREATE INDEX feedback_prediction ON feedback (deployment, prefix, row, seq);
CREATE INDEX feedback_at ON feedback (deployment, at_us);
CREATE TABLE orphan (
  seq INTEGER PRIMARY KEY, deployment INTEGER NOT NULL, prediction TEXT NOT NULL,
  at_us INTEGER NOT NULL, truth TEXT NOT NULL, UNIQUE (deployment, prediction, truth));
CREATE TABLE tally (
  deployment INTEGER NOT NULL, day INTEGER NOT NULL, model TEXT NOT NULL,
  predictions INTEGER NOT NULL DEFAULT 0, warned INTEGER NOT NULL DEFAULT 0,
  explored INTEGER NOT NULL DEFAULT 0, joined INTEGER NOT NULL DEFAULT 0,
  corrected INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (deployment, day, model)) WITHOUT ROWID;
"""

MINUTE = f"""
CREATE TABLE minute (
  deployment INTEGER NOT NULL, minute INTEGER NOT NULL, model TEXT NOT NULL,
  shadow INTEGER NOT NULL, requests INTEGER NOT NULL DEFAULT 0, rows INTEGER NOT NULL DEFAULT 0,
  warned INTEGER NOT NULL DEFAULT 0, errors INTEGER NOT NULL DEFAULT 0,
  {", ".join(f"b{n} INTEGER NOT NULL DEFAULT 0" for n in range(BUCKETS))},
  PRIMARY KEY (deployment, minute, model, shadow)) WITHOUT ROWID;
CREATE TABLE refusal (
  deployment INTEGER NOT NULL, minute INTEGER NOT NULL, code TEXT NOT NULL,
  requests INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (deployment, minute, code)) WITHOUT ROWID;
"""
UPGRADES = {0: f"{SCHEMA} {MINUTE}", 1: MINUTE}
"""What brings a file of each older version to this one."""


def open_writer(path: Path) -> Connection:
    """Open (or make) the log for its one writer: WAL, a sync at every commit, both verified."""
    _check_engine()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection: Connection = pysqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000
        )
        _demand(connection, "PRAGMA journal_mode=WAL", "wal", path)
        connection.execute("PRAGMA synchronous=FULL")
        _demand(connection, "PRAGMA synchronous", 2, path)
        _migrate(connection, path)
    except (SqliteError, OSError) as error:
        raise failure(error, path) from error
    return connection


def open_reader(path: Path) -> Connection:
    """Open an existing log to read; writes are refused by SQLite itself."""
    _check_engine()
    try:
        connection: Connection = pysqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None,
            timeout=BUSY_MS / 1000,
        )  # fmt: skip
        connection.execute("PRAGMA query_only=ON")
    except SqliteError as error:
        raise failure(error, path) from error
    return connection


def failure(error: Exception, path: Path) -> StorageError:
    """Turn an error of the disk or of SQLite into ours."""
    return StorageError(
        f"the prediction log cannot be used: {error}",
        code="log_full" if code_of(error) == FULL else "log_failed",
        where=f"file '{path.name}'",
        do="Free some space or repair the disk; what was acknowledged before is safe.",
    )


def code_of(error: Exception) -> int:
    """Return SQLite's primary result code, 0 when there is none."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _check_engine() -> None:
    if pysqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StorageError(
            f"SQLite {pysqlite3.sqlite_version} may lose committed rows in WAL mode",
            code="sqlite_too_old",
            where="package 'pysqlite3'",
            do=f"Install pysqlite3 with SQLite {'.'.join(map(str, OLDEST_SQLITE))} or newer.",
        )


def _demand(connection: Connection, pragma: str, wanted: object, path: Path) -> None:
    (found,) = connection.execute(pragma).fetchone()
    if found != wanted:
        raise StorageError(
            f"'{pragma}' answers {found!r}, not {wanted!r}",
            code="log_failed",
            where=f"file '{path.name}'",
            do="Keep the log on a local disk (no network or shared folder).",
        )


def _migrate(connection: Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise StorageError(
            f"the prediction log has version {version}, this Danlu writes {VERSION}",
            code="log_version",
            where=f"file '{path.name}'",
            do="Upgrade Danlu; nothing was changed.",
        )
    if version in UPGRADES:
        connection.executescript(
            f"BEGIN; {UPGRADES[version]} PRAGMA user_version={VERSION}; COMMIT;"
        )
