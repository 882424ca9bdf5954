"""The database file: demanded modes, migrations, the latch, and many processes."""

import json
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pysqlite3
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from danlu.errors import BusyError, StorageError
from danlu.store import history, migrate
from danlu.store.backends.sqlite import SqliteStore
from danlu.store.engine import check_engine_version, connect
from danlu.store.failures import Latch
from danlu.store.records import Audit, Dataset, Identity, Job, Network, NetworkVersion
from danlu.store.rights import itself
from danlu.store.tables import METADATA

SYSTEM = itself("test")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "danlu.db"


def test_every_connection_is_fsynced_and_write_ahead(path: Path) -> None:
    engine = connect(path)
    with engine.connect() as connection:
        modes = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        ]
    engine.dispose()
    assert modes == ["wal", 2, 15_000]


def test_an_engine_with_the_wal_reset_bug_is_refused() -> None:
    with pytest.raises(StorageError, match="can lose committed rows"):
        check_engine_version((3, 51, 2))


def test_the_migrations_make_the_tables_the_records_want(path: Path) -> None:
    SqliteStore(path).close()
    engine = connect(path)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, METADATA)
    engine.dispose()
    assert found == []


def test_a_database_of_a_newer_danlu_is_refused(path: Path) -> None:
    SqliteStore(path).close()
    with pysqlite3.connect(path) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(StorageError, match="newer Danlu"):
        SqliteStore(path)


def test_an_upgrade_keeps_a_copy_of_the_old_state(path: Path, monkeypatch) -> None:
    SqliteStore(path).close()
    now = migrate.head()
    monkeypatch.setattr(migrate, "head", lambda: "9000")
    monkeypatch.setattr(migrate, "upgrade", lambda _engine: None)
    SqliteStore(path).close()
    with pysqlite3.connect(path.with_name("danlu.db.before-9000")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == (now,)
    copy.close()


def test_a_network_saved_before_versions_were_kept_is_its_own_first_version(path: Path) -> None:
    saved = Network(
        project="default", name="net", revision=7, hash="h", created_at=1.0,
        document={"nodes": {}, "inputs": {}, "outputs": {}},
    )  # fmt: skip
    with SqliteStore(path).begin(SYSTEM) as tx:
        tx.insert(saved)
    with pysqlite3.connect(path) as raw:  # as it was before
        raw.execute("DROP TABLE network_draft")
        raw.execute("DROP TABLE network_version")
        raw.execute("UPDATE alembic_version SET version_num = '0001'")
    raw.close()
    owner = Identity(name="ada", role="editor")
    with SqliteStore(path).begin(owner, write=False) as tx:
        assert [one.revision for one in history.versions(tx, "net")] == [7]
        assert tx.get(NetworkVersion, "default", "net", 7).network() == saved


def test_the_audit_trail_cannot_be_changed_even_below_us(path: Path) -> None:
    store = SqliteStore(path)
    with store.begin(SYSTEM) as tx:
        tx.append(Audit(project="p", actor="a", action="x", subject="s", detail={}, at=0.0))
    store.close()
    with pysqlite3.connect(path) as raw, pytest.raises(pysqlite3.Error, match="append-only"):
        raw.execute("DELETE FROM audit")
    raw.close()


class SqlError(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.sqlite_errorname = name


def test_after_an_io_error_nothing_more_is_written() -> None:
    latch = Latch("danlu.db")
    assert latch.translate(SqlError("SQLITE_IOERR_FSYNC")).code == "io_error"
    with pytest.raises(StorageError, match="nothing is written since"):
        latch.demand_writable()


def test_a_full_disk_is_said_and_may_be_tried_again() -> None:
    latch = Latch("danlu.db")
    error = latch.translate(SqlError("SQLITE_FULL"))
    assert (error.code, error.status) == ("disk_full", 507)
    latch.demand_writable()


def test_a_long_writer_makes_others_busy_not_wrong() -> None:
    assert isinstance(Latch("x").translate(SqlError("SQLITE_BUSY")), BusyError)


def test_a_latched_store_still_reads(path: Path) -> None:
    store = SqliteStore(path)
    with store.begin(SYSTEM) as tx:
        tx.insert(Dataset(project="p", name="d", version=1, created_at=0.0))
    store._database.latch.translate(SqlError("SQLITE_IOERR"))
    with pytest.raises(StorageError), store.begin(SYSTEM):
        pass
    with store.begin(SYSTEM, write=False) as tx:
        assert tx.count(Dataset) == 1
    assert "SQLITE_IOERR" in store.broken()
    store.close()


def run_python(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


CLAIM = """
    import sys, time
    from pathlib import Path
    from danlu.store import leases
    from danlu.store.backends.sqlite import SqliteStore
    from danlu.store.rights import itself
    store, me = SqliteStore(Path(sys.argv[1])), itself(sys.argv[2])
    while True:
        with store.begin(me) as tx:
            job = leases.claim(tx, me.name, time.monotonic())
        if job is None:
            break
        print(job.id, flush=True)
        with store.begin(me) as tx:
            leases.finish(tx, job, {})
"""


def test_processes_never_claim_the_same_job(path: Path) -> None:
    store = SqliteStore(path)
    with store.begin(SYSTEM) as tx:
        for n in range(60):
            tx.insert(Job(id=str(n), project="p", kind="import", args={}, created_at=n))
    workers = [run_python(CLAIM, path, name) for name in "abc"]
    claimed = [line for worker in workers for line in worker.communicate()[0].split()]
    store.close()
    assert sorted(claimed, key=int) == [str(n) for n in range(60)]


def test_processes_that_start_together_migrate_once(path: Path) -> None:
    workers = [run_python(CLAIM, path, name) for name in "abc"]
    said = [worker.communicate()[0] for worker in workers]
    assert said == ["", "", ""]
    assert [worker.returncode for worker in workers] == [0, 0, 0]


WRITE = """
    import sys
    from pathlib import Path
    from danlu.store.backends.sqlite import SqliteStore
    from danlu.store.records import Dataset, Event
    from danlu.store.rights import itself
    store, n = SqliteStore(Path(sys.argv[1])), 0
    while True:
        with store.begin(itself("w")) as tx:
            event = Event(project="p", topic="t", kind="k", body={}, at=0.0)
            seq = tx.append(event).seq
            tx.insert(Dataset(project="p", name=f"d{seq}", version=1, created_at=0.0))
        print(seq, flush=True)
"""


@pytest.mark.parametrize("after", [1, 20])
def test_what_was_acknowledged_survives_a_kill_and_nothing_is_half_there(
    path: Path, after: int
) -> None:
    writer = run_python(WRITE, path)
    acknowledged = [int(writer.stdout.readline()) for _ in range(after)]
    writer.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in writer.communicate()[0].split()]
    store = SqliteStore(path)
    with store.begin(SYSTEM, write=False) as tx:
        events, names = [e.seq for e in tx.events()], [d.name for d in tx.all(Dataset)]
    store.close()
    assert set(acknowledged) <= set(events)
    assert names == [f"d{seq}" for seq in events]
    with pysqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    raw.close()


KEEP = """
    import os, signal, sys
    from pathlib import Path
    from danlu.store.blobs.folder import FolderBlobs
    from danlu.store.backends.sqlite import SqliteStore
    home = Path(sys.argv[1])
    store = SqliteStore(home / "danlu.db")
    print(FolderBlobs(home / "blobs").put_bytes(b"x" * 100_000), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)  # before any row names it
"""


def test_a_kill_between_blob_and_row_leaves_garbage_only(tmp_path: Path) -> None:
    worker = run_python(KEEP, tmp_path)
    sha = worker.communicate()[0].strip()
    store = SqliteStore(tmp_path / "danlu.db")
    with store.begin(SYSTEM, write=False) as tx:
        assert json.dumps(list(tx.bodies(Dataset))) == "[]"
    store.close()
    assert (tmp_path / "blobs" / sha[:2] / sha[2:]).read_bytes() == b"x" * 100_000
    assert list((tmp_path / "tmp").iterdir()) == []
