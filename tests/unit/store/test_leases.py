"""Leases: one holder at a time, and a late commit changes nothing."""

import random
from collections.abc import Iterator

import pytest

from danlu.errors import ConflictError
from danlu.store import leases
from danlu.store.backends.memory import MemoryStore
from danlu.store.leases import Fenced
from danlu.store.records import Dataset, Job
from danlu.store.rights import itself

WORKER = itself("worker")


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    found = MemoryStore()
    yield found
    found.close()


def job(name: str = "j", *, kind: str = "import", created_at: float = 0.0) -> Job:
    return Job(id=name, project="default", kind=kind, args={}, created_at=created_at)


def submit(store: MemoryStore, *jobs: Job) -> None:
    with store.begin(WORKER) as tx:
        for one in jobs:
            leases.submit(tx, one)


def claim(store: MemoryStore, owner: str = "a", now: float = 0.0, **options) -> Job | None:
    with store.begin(WORKER) as tx:
        return leases.claim(tx, owner, now, **options)


def test_a_claimed_job_is_not_claimed_again(store: MemoryStore) -> None:
    submit(store, job())
    assert claim(store).owner == "a"
    assert claim(store, "b") is None


def test_the_oldest_job_comes_first(store: MemoryStore) -> None:
    submit(store, job("young", created_at=2.0), job("old", created_at=1.0))
    assert claim(store).id == "old"


def test_only_the_wanted_kinds_are_claimed(store: MemoryStore) -> None:
    submit(store, job("a"), job("b", kind="retrain", created_at=1.0))
    assert claim(store, kinds=("retrain",)).id == "b"


def test_a_lease_that_ran_out_is_claimed_with_a_new_token(store: MemoryStore) -> None:
    submit(store, job())
    first, second = claim(store, "a", 0.0), claim(store, "b", 31.0)
    assert (first.token, second.token, second.attempt) == (1, 2, 2)


def test_a_renewed_lease_is_not_claimed(store: MemoryStore) -> None:
    submit(store, job())
    held = claim(store, "a", 0.0)
    with store.begin(WORKER) as tx:
        leases.renew(tx, held, 25.0, progress={"epoch": 3})
    assert claim(store, "b", 31.0) is None


def test_a_lease_from_before_a_reboot_is_over(store: MemoryStore) -> None:
    submit(store, job())
    claim(store, "a", 1_000_000.0)
    assert claim(store, "b", 5.0).owner == "b"


def test_the_job_of_a_dead_process_is_claimed_at_once(store: MemoryStore) -> None:
    submit(store, job())
    claim(store, "dead", 0.0)
    assert claim(store, "b", 1.0, is_dead=lambda owner: owner == "dead").owner == "b"


def test_an_old_token_can_do_nothing(store: MemoryStore) -> None:
    submit(store, job())
    late = claim(store, "a", 0.0)
    claim(store, "b", 31.0)
    for act in (
        lambda tx: leases.renew(tx, late, 32.0), lambda tx: leases.finish(tx, late, {}),
        lambda tx: leases.fail(tx, late, {}), lambda tx: leases.release(tx, late),
    ):  # fmt: skip
        with pytest.raises(ConflictError, match="no longer held"), store.begin(WORKER) as tx:
            act(tx)


def test_a_fenced_store_writes_only_while_the_lease_holds(store: MemoryStore) -> None:
    submit(store, job())
    late = claim(store, "a", 0.0)
    fenced = Fenced(store, late, WORKER)
    with fenced.begin(WORKER) as tx:
        tx.insert(Dataset(project="default", name="x", version=1, created_at=0.0))
    claim(store, "b", 31.0)
    with pytest.raises(ConflictError), fenced.begin(WORKER) as tx:
        tx.insert(Dataset(project="default", name="y", version=1, created_at=0.0))
    with fenced.begin(WORKER, write=False) as tx:
        assert [d.name for d in tx.all(Dataset)] == ["x"]


def test_cancelling_a_waiting_job_ends_it(store: MemoryStore) -> None:
    submit(store, job())
    with store.begin(WORKER) as tx:
        assert leases.cancel(tx, "j").state == "cancelled"
    assert claim(store) is None


def test_a_holder_learns_of_a_cancel_when_it_renews(store: MemoryStore) -> None:
    submit(store, job())
    held = claim(store)
    with store.begin(WORKER) as tx:
        leases.cancel(tx, "j")
        assert leases.renew(tx, held, 1.0).cancel


def test_a_cancelled_job_whose_holder_died_is_handed_on_to_be_ended(store: MemoryStore) -> None:
    submit(store, job())
    claim(store, "a", 0.0)
    with store.begin(WORKER) as tx:
        leases.cancel(tx, "j")
    assert claim(store, "b", 31.0).cancel


def test_a_released_job_is_free_at_once(store: MemoryStore) -> None:
    submit(store, job())
    held = claim(store)
    with store.begin(WORKER) as tx:
        leases.release(tx, held)
    assert claim(store, "b", 1.0).owner == "b"


def test_a_job_that_always_kills_its_worker_is_given_up(store: MemoryStore) -> None:
    submit(store, job().model_copy(update={"attempt": leases.MOST_ATTEMPTS}))
    assert claim(store) is None
    with store.begin(WORKER, write=False) as tx:
        assert "gave up" in tx.get(Job, "j").cause["title"]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_every_job_ends_once(store: MemoryStore, seed: int) -> None:
    """Workers stall, die and commit late; each job's one accepted end has the newest token."""
    rng, now, held, ends = random.Random(seed), 0.0, {}, []
    submit(store, *(job(str(n), created_at=n) for n in range(5)))
    for _ in range(300):
        now += rng.choice((0.0, 1.0, 40.0))
        worker = rng.choice("abc")
        if worker not in held:
            taken = claim(store, worker, now)
            held |= {worker: taken} if taken else {}
            continue
        ends += try_to_end(store, held.pop(worker)) if rng.random() < 0.7 else []
    for n in range(5):
        while (last := claim(store, "z", now := now + 100.0)) is not None:
            ends += try_to_end(store, last)
        assert [end.id for end in ends].count(str(n)) == 1
    with store.begin(WORKER, write=False) as tx:
        assert {j.token for j in tx.all(Job)} == {e.token for e in ends} | {j.token for j in ends}
        assert all(j.state == "done" for j in tx.all(Job))


def try_to_end(store: MemoryStore, held: Job) -> list[Job]:
    try:
        with store.begin(WORKER) as tx:
            return [leases.finish(tx, held, {})]
    except ConflictError:
        return []
