"""Migrate: bring a database to the newest revision; one process at a time, a backup first."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from danlu.errors import StorageError

SCRIPTS = ScriptDirectory(str(Path(__file__).parent / "migrations"))


def head() -> str:
    """Return the newest revision this Danlu knows."""
    newest = SCRIPTS.get_current_head()
    assert newest is not None
    return newest


def revision_of(engine: Engine) -> str | None:
    """Return the revision of a database, None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine) -> None:
    """Run the revisions that are missing, all in one transaction."""
    with engine.begin() as connection:
        _run(connection)


def upgrade_file(engine: Engine, path: Path) -> None:
    """Upgrade a database file under a lock, keeping a copy of the old state beside it."""
    if revision_of(engine) == head():
        return
    with _only_one(path.with_name(f"{path.name}.lock")):
        found = revision_of(engine)
        if found == head():
            return
        _check_known(found, path)
        if found is not None:
            _back_up(engine, path.with_name(f"{path.name}.before-{head()}"))
        upgrade(engine)


def _run(connection: Connection) -> None:
    """Apply alembic's steps from the current revision to the newest."""

    def steps(revision: Any, _context: MigrationContext) -> Any:
        return SCRIPTS._upgrade_revs("head", revision)  # what `alembic upgrade` itself calls

    context = MigrationContext.configure(
        connection, opts={"fn": steps, "script": SCRIPTS, "transactional_ddl": True}
    )
    with Operations.context(context):
        context.run_migrations()


def _check_known(found: str | None, path: Path) -> None:
    """Refuse a database of a newer Danlu."""
    known = {script.revision for script in SCRIPTS.walk_revisions()}
    if found is not None and found not in known:
        raise StorageError(
            f"{path.name} was written by a newer Danlu (revision {found})", code="newer_database",
            where=str(path), do="Install that version, or restore the backup made before it.",
        )  # fmt: skip


def _back_up(engine: Engine, copy: Path) -> None:
    """Write a consistent copy; an older attempt at the same revision is replaced."""
    copy.unlink(missing_ok=True)
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("VACUUM INTO ?", (str(copy),))
    finally:
        raw.close()


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    """Let one process migrate; the others wait and find it done."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
