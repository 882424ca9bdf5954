"""A worker holds its lease while it works, and writes down how the work ended."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from danlu.errors import ConflictError, DataError
from danlu.store import leases
from danlu.store.backends.memory import MemoryStore
from danlu.store.blobs.folder import FolderBlobs
from danlu.store.records import Dataset, Experiment, Identity, Job, Json, Trial
from danlu.workspace.home import lay_out
from danlu.workspace.line import Line
from danlu.workspace.place import Hands, Place
from danlu.workspace.settings import Settings
from danlu.workspace.worker import Stop, is_dead, owner_name


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    home = lay_out(tmp_path)
    found = Place(
        home=home, store=MemoryStore(), blobs=FolderBlobs(home / "blobs"), settings=Settings(),
        who=Identity(name="ada", role="editor"), hands=Hands(home, None, 2),
    )  # fmt: skip
    yield found
    found.hands.close()
    found.store.close()


def succeed(place: Place, job: Job, stop: Stop) -> Json:
    return {"by": place.who.name, "of": job.args["name"], "stop": stop()}


def fail(_place: Place, _job: Job, _stop: Stop) -> Json:
    raise DataError("no rows", where="a.csv")


def fall_over(_place: Place, _job: Job, _stop: Stop) -> Json:
    raise ZeroDivisionError


def interrupt(_place: Place, _job: Job, _stop: Stop) -> Json:
    raise KeyboardInterrupt


def wait_for_stop(_place: Place, _job: Job, stop: Stop) -> Json:
    until = time.monotonic() + 10
    while not stop() and time.monotonic() < until:
        time.sleep(0.02)
    return {}


def line(place: Place, work) -> tuple[Line, Job]:
    found = Line(place, {"import": work})
    return found, found.submit("import", {"name": "bikes"})


def state(place: Place, job: Job) -> Job:
    with place.store.begin(place.who, write=False) as tx:
        return tx.get(Job, job.id)


def test_a_done_job_keeps_its_result_and_works_in_the_name_of_who_asked(place: Place) -> None:
    where, job = line(place, succeed)
    where.finish(job)
    assert state(place, job).state == "done"
    assert state(place, job).result == {"by": "ada", "of": "bikes", "stop": False}


def test_a_failed_job_keeps_the_problem_and_raises_it(place: Place) -> None:
    where, job = line(place, fail)
    with pytest.raises(DataError, match="no rows"):
        where.finish(job)
    assert (state(place, job).state, state(place, job).cause["where"]) == ("failed", "a.csv")


def test_a_defect_fails_the_job_and_is_not_hidden(place: Place) -> None:
    where, job = line(place, fall_over)
    with pytest.raises(ZeroDivisionError):
        where.finish(job)
    assert "ZeroDivisionError" in state(place, job).cause["title"]


@pytest.fixture
def running(place: Place) -> Place:
    """A workspace with a search under way."""
    with place.store.begin(place.who) as tx:
        spec = {"project": "default", "spec": {}, "created_at": 0.0}
        tx.insert(Experiment(name="bikes", state="running", **spec))
        tx.insert(
            Trial(
                project="default", experiment="bikes", number=0, batch=0, cohort="0.1", values={},
                state="running",
            )
        )  # fmt: skip
    return place


def search(place: Place) -> tuple[Experiment, Trial]:
    with place.store.begin(place.who, write=False) as tx:
        return tx.get(Experiment, "bikes"), tx.get(Trial, "bikes", 0)


@pytest.mark.parametrize(
    ("kind", "args", "progress"),
    [("experiment", {"name": "bikes"}, {}), ("retrain", {"name": "x"}, {"experiment": "bikes"})],
)
def test_a_search_whose_job_is_given_up_has_failed_and_says_why(
    running: Place, kind: str, args: Json, progress: Json
) -> None:
    where = Line(running, {})
    job = where.submit(kind, args)
    with running.store.begin(running.who) as tx:
        worn = {"attempt": leases.MOST_ATTEMPTS, "progress": progress}
        tx.replace(job.model_copy(update=worn))
    assert where.worker.claim(None) is None
    found, trial = search(running)
    assert (found.state, trial.state) == ("failed", "waiting")
    assert found.result["problem"]["code"] == "gave_up"
    assert found.result["problem"]["args"] == {"attempts": leases.MOST_ATTEMPTS}


def test_a_search_that_meets_a_defect_does_not_stay_running(running: Place) -> None:
    where = Line(running, {"experiment": fall_over})
    with pytest.raises(ZeroDivisionError):
        where.finish(where.submit("experiment", {"name": "bikes"}))
    assert search(running)[0].state == "failed"
    assert "ZeroDivisionError" in search(running)[0].cause


def test_an_interrupted_job_is_over(place: Place) -> None:
    where, job = line(place, interrupt)
    with pytest.raises(KeyboardInterrupt):
        where.finish(job)
    assert state(place, job).state == "cancelled"


def test_a_cancelled_job_is_told_to_stop(place: Place) -> None:
    where, job = line(place, wait_for_stop)
    held = where.worker.claim_one(job.id)
    with place.store.begin(place.who) as tx:
        leases.cancel(tx, job.id)
    assert where.worker.carry_out(held).state == "cancelled"


def test_a_process_that_ends_gives_its_job_back(place: Place) -> None:
    where, job = line(place, wait_for_stop)
    assert (
        where.worker.carry_out(where.worker.claim_one(job.id), stop=lambda: True).state == "queued"
    )


def test_work_whose_lease_was_lost_can_write_nothing(place: Place) -> None:
    def write_late(fenced: Place, job: Job, _stop: Stop) -> Json:
        with place.store.begin(place.who) as tx:  # somebody else takes the job
            tx.replace(tx.get(Job, job.id).model_copy(update={"token": 99}))
        with fenced.store.begin(fenced.who) as tx:
            tx.insert(Dataset(project="default", name="late", version=1, created_at=0.0))
        return {}

    where, job = line(place, write_late)
    with pytest.raises(ConflictError, match="no longer held"):
        where.finish(job)
    with place.store.begin(place.who, write=False) as tx:
        assert tx.count(Dataset) == 0


def test_a_job_held_by_a_living_process_is_not_taken(place: Place) -> None:
    where, job = line(place, succeed)
    where.worker.claim_one(job.id)
    with pytest.raises(ConflictError, match="held by another"):
        where.finish(job)


def test_a_dead_process_is_known_by_its_pid_and_birth() -> None:
    code = "from danlu.workspace.worker import owner_name; print(owner_name())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert is_dead(other.stdout.strip())
    assert not is_dead(owner_name())
    assert not is_dead("another-machine/1/0.00/1")


def test_in_the_server_nobody_works_in_the_front(place: Place) -> None:
    where, job = line(replace(place, served=True), succeed)
    with place.store.begin(place.who) as tx:
        leases.cancel(tx, job.id)
    with pytest.raises(Exception, match="cancelled"):
        where.finish(job)
