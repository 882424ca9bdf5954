"""Laws of every store backend; its tests subclass `StoreLaws` and give a fixture ``store``."""

from __future__ import annotations

import threading

import pytest

from danlu.errors import ConflictError, ForbiddenError, NotFoundError
from danlu.store.backends.base import Store
from danlu.store.chain import first_broken
from danlu.store.records import (
    Audit,
    Dataset,
    Deployment,
    Event,
    Identity,
    Job,
    Key,
    Login,
    Project,
    Trial,
)
from danlu.store.rights import itself

ADMIN = Identity(name="ada", role="admin")
EDITOR = Identity(name="ed", role="editor")
VIEWER = Identity(name="vi", role="viewer")
OTHER = Identity(name="olga", role="admin", project="other")
CALLER = Identity(name="app", role="predict", deployment="demand")
SYSTEM = itself("test")


def dataset(name: str = "bikes", *, project: str = "default", version: int = 1) -> Dataset:
    """Make a dataset record."""
    return Dataset(project=project, name=name, version=version, created_at=1.0)


def event(topic: str, *, project: str = "default") -> Event:
    """Make an event."""
    return Event(project=project, topic=topic, kind="state", body={}, at=1.0)


def audit(subject: str, *, project: str = "default") -> Audit:
    """Make an audit entry."""
    return Audit(project=project, actor="ada", action="promote", subject=subject, detail={}, at=1.0)


def key(sha256: str, *, project: str = "default", revoked_at: float | None = None) -> Key:
    """Make a key."""
    return Key(
        id=f"k-{sha256}", project=project, name="app", role="editor", prefix="dk_", sha256=sha256,
        created_at=1.0, revoked_at=revoked_at,
    )  # fmt: skip


def insert_and_fail(store: Store) -> None:
    """Write a record and an event, then fall over."""
    with store.begin(EDITOR) as tx:
        tx.insert(dataset())
        tx.append(event("a"))
        raise KeyError


class StoreLaws:
    """What every backend does."""

    def test_what_is_inserted_is_found_again(self, store: Store) -> None:
        """A record comes back equal."""
        with store.begin(EDITOR) as tx:
            tx.insert(dataset())
        with store.begin(VIEWER, write=False) as tx:
            assert tx.get(Dataset, "bikes") == dataset()

    def test_a_key_may_name_the_project(self, store: Store) -> None:
        """The long and the short key are the same."""
        with store.begin(EDITOR) as tx:
            tx.insert(dataset())
            assert tx.get(Dataset, "default", "bikes") == tx.get(Dataset, "bikes")

    def test_the_same_key_twice_is_a_conflict(self, store: Store) -> None:
        """The second insert is refused and changes nothing."""
        with store.begin(EDITOR) as tx:
            tx.insert(dataset())
        with pytest.raises(ConflictError, match="'bikes' exists"), store.begin(EDITOR) as tx:
            tx.insert(dataset(version=2))
        with store.begin(EDITOR, write=False) as tx:
            assert tx.get(Dataset, "bikes").version == 1

    def test_an_error_undoes_the_whole_transaction(self, store: Store) -> None:
        """All or nothing."""
        with pytest.raises(KeyError):
            insert_and_fail(store)
        with store.begin(EDITOR, write=False) as tx:
            assert tx.find(Dataset, "bikes") is None

    def test_what_is_missing_names_the_nearest(self, store: Store) -> None:
        """A near miss is suggested."""
        with store.begin(EDITOR) as tx:
            tx.insert(dataset())
            with pytest.raises(NotFoundError, match="Did you mean 'bikes'"):
                tx.get(Dataset, "bike")

    def test_replacing_keeps_the_place_in_the_list(self, store: Store) -> None:
        """A list is in the order of insertion."""
        with store.begin(EDITOR) as tx:
            tx.insert(dataset("a"))
            tx.insert(dataset("b"))
            tx.replace(dataset("a", version=2))
            assert [(d.name, d.version) for d in tx.all(Dataset)] == [("a", 2), ("b", 1)]

    def test_newest_first_and_a_limit(self, store: Store) -> None:
        """The newest come first when asked."""
        with store.begin(EDITOR) as tx:
            for name in "abc":
                tx.insert(dataset(name))
            assert [d.name for d in tx.all(Dataset, newest=True, limit=2)] == ["c", "b"]

    def test_replacing_what_is_not_there_is_refused(self, store: Store) -> None:
        """Replace never inserts."""
        with store.begin(EDITOR) as tx, pytest.raises(NotFoundError):
            tx.replace(dataset())

    def test_deleted_is_gone(self, store: Store) -> None:
        """Delete removes one record."""
        with store.begin(EDITOR) as tx:
            tx.insert(dataset())
            tx.delete(Dataset, "bikes")
            assert tx.all(Dataset) == []

    def test_lists_are_filtered_by_columns(self, store: Store) -> None:
        """Key and index fields select."""
        with store.begin(EDITOR) as tx:
            for number, owner in enumerate(("a", "a", "b")):
                tx.insert(
                    Trial(
                        project="default", experiment=owner, number=number, batch=0, cohort="0",
                        values={"x": 1}, state="waiting",
                    )
                )  # fmt: skip
            assert [t.number for t in tx.all(Trial, experiment="a")] == [0, 1]
            assert tx.count(Trial, experiment="b") == 1

    def test_events_are_numbered_in_order(self, store: Store) -> None:
        """Numbers grow and are never used twice."""
        with store.begin(EDITOR) as tx:
            first, second = tx.append(event("a")), tx.append(event("b"))
            assert first.seq < second.seq == tx.last_seq()
            assert [e.seq for e in tx.events(after=first.seq)] == [second.seq]

    def test_a_topic_with_a_slash_is_a_branch(self, store: Store) -> None:
        """A page may follow all experiments at once."""
        with store.begin(EDITOR) as tx:
            for topic in ("loop/a", "experiment/a", "experiment/b"):
                tx.append(event(topic))
            assert [e.topic for e in tx.events(0, "experiment/")] == [
                "experiment/a",
                "experiment/b",
            ]
            assert [e.topic for e in tx.events(0, "experiment/b")] == ["experiment/b"]

    def test_a_number_lost_in_a_rollback_is_not_an_event(self, store: Store) -> None:
        """Only committed events are read."""
        with pytest.raises(KeyError):
            insert_and_fail(store)
        with store.begin(EDITOR, write=False) as tx:
            assert tx.events() == []

    def test_the_audit_trail_is_chained(self, store: Store) -> None:
        """Each entry holds the hash of the one before, over all projects."""
        with store.begin(ADMIN) as tx:
            first = tx.append(audit("deployment/a"))
        with store.begin(OTHER) as tx:
            second = tx.append(audit("deployment/b", project="other"))
        assert second.previous == first.hash
        with store.begin(SYSTEM, write=False) as tx:
            assert first_broken(tx.all(Audit)) is None

    def test_a_changed_audit_entry_shows(self, store: Store) -> None:
        """The chain breaks where somebody changed an entry."""
        with store.begin(ADMIN) as tx:
            entries = [tx.append(audit(f"deployment/{n}")) for n in "abc"]
        forged = entries[1].model_copy(update={"actor": "mallory"})
        assert first_broken([entries[0], forged, entries[2]]) == entries[1].seq

    def test_audit_and_events_only_grow(self, store: Store) -> None:
        """Nobody changes history through the store."""
        with store.begin(ADMIN) as tx:
            entry = tx.append(audit("deployment/a"))
            with pytest.raises(ForbiddenError, match="only ever added"):
                tx.replace(entry)
            with pytest.raises(ForbiddenError, match="only ever added"):
                tx.delete(Audit, entry.seq)

    def test_a_project_never_sees_another(self, store: Store) -> None:
        """Records of another project do not exist, by key or in a list."""
        with store.begin(EDITOR) as tx:
            tx.insert(dataset())
        with store.begin(OTHER, write=False) as tx:
            assert tx.all(Dataset) == []
            assert tx.find(Dataset, "default", "bikes") is None
            assert tx.find(Dataset, "bikes") is None

    def test_a_project_never_writes_into_another(self, store: Store) -> None:
        """Not even as admin."""
        with store.begin(EDITOR) as tx:
            tx.insert(dataset())
        with store.begin(OTHER) as tx:
            with pytest.raises(NotFoundError):
                tx.replace(dataset(version=9))
            with pytest.raises(NotFoundError):
                tx.delete(Dataset, "default", "bikes")
            with pytest.raises(NotFoundError):
                tx.insert(dataset("cars"))
            with pytest.raises(NotFoundError):
                tx.append(event("a"))

    def test_danlu_itself_sees_every_project(self, store: Store) -> None:
        """The conductor works for all projects."""
        with store.begin(SYSTEM) as tx:
            tx.insert(dataset())
            tx.insert(dataset(project="other"))
            assert tx.count(Dataset) == 2

    def test_a_viewer_may_not_write(self, store: Store) -> None:
        """Refused before anything begins."""
        with pytest.raises(ForbiddenError, match="may not change"), store.begin(VIEWER):
            pass

    def test_an_editor_may_neither_read_nor_make_keys(self, store: Store) -> None:
        """Keys are the admin's."""
        with store.begin(EDITOR) as tx:
            with pytest.raises(ForbiddenError):
                tx.all(Key)
            with pytest.raises(ForbiddenError):
                tx.insert(key("1"))
            with pytest.raises(ForbiddenError):
                tx.insert(Project(name="p", created_at=1.0))

    def test_a_predict_key_reads_its_deployment_and_nothing_else(self, store: Store) -> None:
        """Not another deployment, not a list, not a dataset."""
        with store.begin(EDITOR) as tx:
            for name in ("demand", "price"):
                tx.insert(Deployment(project="default", name=name, created_at=1.0))
        with store.begin(CALLER, write=False) as tx:
            assert tx.get(Deployment, "demand").name == "demand"
            for record, wanted in ((Deployment, ("price",)), (Dataset, ("bikes",))):
                with pytest.raises(ForbiddenError):
                    tx.find(record, *wanted)
            with pytest.raises(ForbiddenError):
                tx.all(Deployment)
            with pytest.raises(ForbiddenError):
                tx.events()

    def test_a_key_says_who_asks(self, store: Store) -> None:
        """By the hash of its secret."""
        with store.begin(ADMIN) as tx:
            tx.insert(key("1"))
        assert store.authenticate("1") == Identity(name="app", role="editor", project="default")
        assert store.authenticate("2") is None

    def test_a_revoked_key_is_nobody(self, store: Store) -> None:
        """At once."""
        with store.begin(ADMIN) as tx:
            tx.insert(key("1"))
            tx.replace(key("1", revoked_at=2.0))
        assert store.authenticate("1") is None

    def test_a_login_is_its_key_until_idle_too_long(self, store: Store) -> None:
        """A one-use link alone is nobody."""
        with store.begin(SYSTEM) as tx:
            tx.insert(key("1"))
            tx.insert(Login(sha256="s", key_id="k-1", created_at=0.0, seen_at=0.0))
            tx.insert(Login(sha256="o", key_id="k-1", once=True, created_at=0.0, seen_at=0.0))
        assert store.authenticate("s", now=60.0) == store.authenticate("1")
        assert store.authenticate("s", now=13 * 3600.0) is None
        assert store.authenticate("o", now=60.0) is None

    def test_writers_take_turns(self, store: Store) -> None:
        """Read, add one, write, from four threads: no update is lost."""
        with store.begin(SYSTEM) as tx:
            tx.insert(Job(id="n", project="default", kind="import", args={}, created_at=0.0))

        def count() -> None:
            for _ in range(25):
                with store.begin(SYSTEM) as tx:
                    job = tx.get(Job, "n")
                    tx.replace(job.model_copy(update={"attempt": job.attempt + 1}))

        threads = [threading.Thread(target=count) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with store.begin(SYSTEM, write=False) as tx:
            assert tx.get(Job, "n").attempt == 100

    def test_unicode_and_numbers_survive(self, store: Store) -> None:
        """Bodies are JSON, whatever is in them."""
        odd = Job(
            id="j", project="default", kind="import", created_at=1.5,
            args={"name": "数据 🚲 \"'\\", "n": 2**53, "x": 1e-300, "none": None, "l": [True]},
        )  # fmt: skip
        with store.begin(SYSTEM) as tx:
            tx.insert(odd)
            assert tx.get(Job, "j") == odd
