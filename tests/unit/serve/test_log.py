from __future__ import annotations

import asyncio
import json
import os
import resource
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pysqlite3
import pytest

from danlu.errors import BusyError, DataError, StorageError
from danlu.serve.ids import Ids, row_id
from danlu.serve.log import LARGEST_PENDING_BYTES, Entry, Log
from danlu.serve.log_feedback import FeedbackCounts, read_feedback
from danlu.serve.log_reader import LogReader

IDS = Ids()
SECOND = 1_000_000
NOON = 1_790_000_000 * SECOND


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(tmp_path / "log" / "predictions.db")
    yield log
    log.close()


@pytest.fixture
def reader(log: Log) -> LogReader:
    return LogReader(log.path)


def entry(rows: int = 1, *, at_us: int = NOON, **changed: Any) -> Entry:
    content = json.dumps(
        [
            [{"n": i}, {"label": "a", "probabilities": {"a": 0.9}}, "a", 1.0, None]
            for i in range(rows)
        ]
    )
    made = Entry(
        "default", "bikes", "bikes@1", IDS.prefix(at_us / SECOND), at_us, 300, rows, 0, 0,
        content.encode(),
    )  # fmt: skip
    return made._replace(**changed)


def tell(log: Log, rows: list[tuple[str, Any]], *, at_us: int = NOON + SECOND) -> FeedbackCounts:
    body = json.dumps({"rows": [{"id": i, "truth": t} for i, t in rows]}).encode()
    counts = log.write(read_feedback("default", "bikes", at_us=at_us, body=body))
    assert isinstance(counts, FeedbackCounts)
    return counts


def test_written_prediction_is_read_back_by_its_id(log: Log, reader: LogReader) -> None:
    written = entry(3)
    log.write(written)
    found = reader.get("bikes", row_id(written.prefix, 2))
    assert found is not None
    assert (found.row, found.decision, found.model) == ({"n": 2}, "a", "bikes@1")
    assert found.at == NOON / SECOND


def test_file_is_for_its_owner_only(log: Log) -> None:
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_file_is_wal_and_syncs_every_commit(log: Log) -> None:
    with pysqlite3.connect(log.path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert log._connection.execute("PRAGMA synchronous").fetchone() == (2,)
    connection.close()


def test_many_submissions_are_all_there_once(log: Log, reader: LogReader) -> None:
    async def submit() -> None:
        loop = asyncio.get_running_loop()
        futures = []
        for _ in range(1000):
            futures.append(loop.create_future())
            log.submit(entry(), futures[-1])
        await asyncio.gather(*futures)

    asyncio.run(submit())
    ids = [p.id for p in reader.recent("bikes", 2000)]
    assert len(ids) == len(set(ids)) == 1000
    assert reader.counts("bikes")["predictions"] == 1000


def test_recent_is_newest_first_and_pages(log: Log, reader: LogReader) -> None:
    log.write(entry(4))
    log.write(entry(3))
    everything = reader.recent("bikes")
    first = reader.recent("bikes", 3)
    rest = reader.recent("bikes", 10, before=first[-1].id)
    assert [p.id for p in first + rest] == [p.id for p in everything]
    assert [p.id for p in everything] == sorted((p.id for p in everything), reverse=True)


def test_feedback_twice_counts_once(log: Log, reader: LogReader) -> None:
    written = entry()
    log.write(written)
    name = row_id(written.prefix, 0)
    assert tell(log, [(name, "a")]) == FeedbackCounts(accepted=1)
    assert tell(log, [(name, "a")]) == FeedbackCounts(repeated=1)
    assert reader.counts("bikes")["joined"] == 1


def test_corrected_feedback_wins_and_its_history_stays(log: Log, reader: LogReader) -> None:
    written = entry()
    log.write(written)
    name = row_id(written.prefix, 0)
    tell(log, [(name, "a")])
    assert tell(log, [(name, "b")]) == FeedbackCounts(accepted=1, corrected=1)
    assert [t.truth for t in reader.history("bikes", name)] == ["a", "b"]
    (joined,) = reader.joined("bikes")
    assert joined.feedback is not None
    assert joined.feedback.truth == "b"


def test_same_id_twice_in_one_request_is_taken_in_order(log: Log, reader: LogReader) -> None:
    written = entry()
    log.write(written)
    name = row_id(written.prefix, 0)
    counts = tell(log, [(name, 1), (name, 1), (name, 2), (name, 2)])
    assert counts == FeedbackCounts(accepted=2, corrected=1, repeated=2)
    assert [t.truth for t in reader.history("bikes", name)] == [1, 2]


def test_unknown_ids_are_reported_and_kept(log: Log, reader: LogReader) -> None:
    written = entry(2)
    log.write(written)
    beyond, strange = row_id(written.prefix, 2), "order-17"
    counts = tell(log, [(beyond, "a"), (strange, "b"), (strange, "b")])
    assert sorted(counts.unknown) == sorted([beyond, strange])
    assert counts.accepted == 0
    assert {o["id"] for o in reader.orphans("bikes")} == {beyond, strange}
    assert reader.counts("bikes")["unknown"] == 2


def test_feedback_reaches_only_its_own_deployment(log: Log) -> None:
    written = entry(deployment="trains")
    log.write(written)
    name = row_id(written.prefix, 0)
    assert tell(log, [(name, "a")]).unknown == [name]


def test_reader_of_another_project_sees_nothing(log: Log) -> None:
    log.write(entry())
    assert LogReader(log.path, project="other").recent("bikes") == []


@pytest.mark.parametrize("truth", [None, [1], {"a": 1}, "x" * 5000])
def test_truth_that_is_no_value_is_refused_by_row(truth: Any) -> None:
    body = json.dumps({"rows": [{"id": "i", "truth": 1}, {"id": "i", "truth": truth}]}).encode()
    with pytest.raises(DataError, match="row 1"):
        read_feedback("default", "bikes", at_us=0, body=body)


def test_joined_goes_by_arrival_of_the_truth(log: Log, reader: LogReader) -> None:
    early, late = entry(at_us=NOON), entry(at_us=NOON + 5 * SECOND)
    log.write(early)
    log.write(late)
    tell(log, [(row_id(early.prefix, 0), "a")], at_us=NOON + 10 * SECOND)
    tell(log, [(row_id(late.prefix, 0), "a")], at_us=NOON + 20 * SECOND)
    middle = NOON / SECOND + 15
    assert [p.at for p in reader.joined("bikes", before=middle)] == [NOON / SECOND]
    assert [p.at for p in reader.joined("bikes", after=middle)] == [NOON / SECOND + 5]
    (old,) = reader.joined("bikes", predicted_before=NOON / SECOND + 1)
    assert old.at == NOON / SECOND


def test_delays_are_learnt_in_seconds(log: Log, reader: LogReader) -> None:
    written = entry(10)
    log.write(written)
    for row in range(10):
        tell(log, [(row_id(written.prefix, row), 1)], at_us=NOON + (row + 1) * SECOND)
    assert reader.delays("bikes") == {"p50": 6.0, "p90": 9.0, "p99": 10.0}


def test_counts_are_by_model_and_day(log: Log, reader: LogReader) -> None:
    log.write(entry(2, warned=1))
    log.write(entry(3, model="bikes@2", at_us=NOON + 86_400 * SECOND, explored=2))
    counts = reader.counts("bikes")
    assert counts["predictions"] == 5
    assert counts["models"]["bikes@2"]["explored"] == 2
    assert [d["predictions"] for d in reader.days("bikes")] == [2, 3]


def test_shadow_answers_stand_beside_the_real_ones(log: Log, reader: LogReader) -> None:
    real = entry()
    log.write(real)
    log.write(real._replace(model="bikes@2", shadow=True))
    tell(log, [(row_id(real.prefix, 0), "b")])
    (shadow,) = reader.shadows("bikes", "bikes@2")
    assert shadow.id == reader.recent("bikes")[0].id
    assert shadow.feedback is not None
    assert reader.counts("bikes")["predictions"] == 1


def test_one_bad_submission_fails_alone(log: Log, reader: LogReader) -> None:
    good, twice = entry(), entry()
    log.write(twice)

    async def submit() -> list[Any]:
        loop = asyncio.get_running_loop()
        futures = [loop.create_future() for _ in range(3)]
        for what, future in zip((good, twice, entry()), futures, strict=True):
            log.submit(what, future)
        return await asyncio.gather(*futures, return_exceptions=True)

    first, second, third = asyncio.run(submit())
    assert (first, third) == (None, None)
    assert isinstance(second, StorageError)
    assert log.failure is None
    assert len(reader.recent("bikes")) == 3


def test_full_disk_is_said_and_over_when_there_is_room(
    log: Log, reader: LogReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.write(entry())
    pages = log._connection.execute("PRAGMA page_count").fetchone()[0]
    log._connection.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StorageError) as caught:
        log.write(entry(2000))
    assert (caught.value.code, caught.value.status) == ("log_full", 507)
    with pytest.raises(StorageError):
        log.submit(entry())
    log._connection.execute("PRAGMA max_page_count=100000")
    monkeypatch.setattr("danlu.serve.log.PROBE_S", 0.0)
    log.write(entry())
    assert log.failure is None
    assert reader.counts("bikes")["predictions"] == 2


def test_write_error_latches_until_a_restart(log: Log, reader: LogReader) -> None:
    log.write(entry())
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(StorageError) as caught:
            log.write(entry(5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.code == "log_failed"
    with pytest.raises(StorageError, match="restart"):
        log.submit(entry())
    assert reader.counts("bikes")["predictions"] == 1


def test_queue_beyond_its_bytes_is_busy(log: Log) -> None:
    log._pending_bytes = LARGEST_PENDING_BYTES + 1
    with pytest.raises(BusyError) as caught:
        log.submit(entry())
    assert caught.value.values["retry_after_s"] == 1


def test_closing_writes_what_is_queued(tmp_path: Path) -> None:
    log = Log(tmp_path / "predictions.db")
    for _ in range(500):
        log.submit(entry())
    log.close()
    assert LogReader(log.path).counts("bikes")["predictions"] == 500


def test_newer_log_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "predictions.db"
    connection = pysqlite3.connect(path)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(StorageError, match="Upgrade"):
        Log(path)


def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "predictions.db"
    path.write_bytes(os.urandom(8192))
    with pytest.raises(StorageError):
        Log(path)


def test_reader_of_a_missing_log_finds_nothing(tmp_path: Path) -> None:
    reader = LogReader(tmp_path / "none.db")
    assert reader.recent("bikes") == []
    assert reader.counts("bikes")["predictions"] == 0
    assert reader.get("bikes", row_id(IDS.prefix(1e9), 0)) is None
