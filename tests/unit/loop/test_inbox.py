"""Predictions that wait for their truth, and those somebody puts aside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from danlu.errors import DataError
from danlu.loop.inbox import inbox
from danlu.serve.ids import Ids, row_id
from danlu.serve.log import Entry, Log
from danlu.serve.log_days import days
from danlu.serve.log_feedback import FeedbackCounts, read_feedback
from danlu.serve.log_reader import LogReader

IDS = Ids()
NOON_US = 1_790_000_000_000_000
SURE = (0.9, 0.5, 0.7)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(tmp_path / "log" / "predictions.db")
    yield log
    log.close()


@pytest.fixture
def reader(log: Log) -> LogReader:
    return LogReader(log.path)


def ask(log: Log, at_us: int = NOON_US) -> list[str]:
    """Log three predictions; return their ids."""
    content = [
        [{"n": n}, {"label": "a", "probabilities": {"a": p, "b": 1 - p}}, "a", 1.0, None]
        for n, p in enumerate(SURE)
    ]
    prefix = IDS.prefix(at_us / 1e6)
    body = json.dumps(content).encode()
    log.write(Entry("default", "bikes", "bikes@1", prefix, at_us, 300, 3, 0, 0, body))
    return [row_id(prefix, n) for n in range(3)]


def tell(log: Log, **row: Any) -> FeedbackCounts:
    body = json.dumps({"rows": [row]}).encode()
    counts = log.write(read_feedback("default", "bikes", at_us=NOON_US + 10**6, body=body))
    assert isinstance(counts, FeedbackCounts)
    return counts


def test_the_most_doubtful_comes_first(log: Log, reader: LogReader) -> None:
    ids = ask(log)
    found = inbox(reader, "bikes", order="doubt", limit=2)
    assert [one["id"] for one in found] == [ids[1], ids[2]]
    assert [one["doubt"] for one in found] == [pytest.approx(1.0), pytest.approx(0.6)]


def test_the_newest_comes_first_when_asked_so(log: Log, reader: LogReader) -> None:
    ids = [*ask(log), *ask(log, NOON_US + 5_000_000)]
    found = inbox(reader, "bikes", order="newest", limit=9)
    assert [one["id"] for one in found] == ids[::-1]


def test_what_has_its_truth_waits_no_more(log: Log, reader: LogReader) -> None:
    ids = ask(log)
    tell(log, id=ids[1], truth="b")
    assert {one["id"] for one in inbox(reader, "bikes", order="doubt", limit=9)} == {
        ids[0], ids[2]
    }  # fmt: skip


def test_what_is_put_aside_waits_no_more_and_teaches_nothing(log: Log, reader: LogReader) -> None:
    ids = ask(log)
    counts = tell(log, id=ids[1], discard=True)
    assert (counts.discarded, counts.accepted) == (1, 0)
    assert ids[1] not in {one["id"] for one in inbox(reader, "bikes", order="newest", limit=9)}
    assert list(reader.joined("bikes")) == []
    assert reader.counts("bikes")["joined"] == 0
    assert reader.waiting("bikes", after=0.0) == 0
    assert reader.delays("bikes") == {}
    (day,) = days(reader, "bikes", time=None, newest=400, now=NOON_US / 1e6 + 60)
    assert day.joined == 0


def test_a_truth_that_comes_later_after_all_counts_once(log: Log, reader: LogReader) -> None:
    ids = ask(log)
    tell(log, id=ids[1], discard=True)
    assert tell(log, id=ids[1], discard=True).repeated == 1
    assert tell(log, id=ids[1], truth="b").accepted == 1
    assert reader.counts("bikes")["joined"] == 1
    assert [one.feedback and one.feedback.truth for one in reader.joined("bikes")] == ["b"]


def test_a_truth_may_be_taken_back(log: Log, reader: LogReader) -> None:
    ids = ask(log)
    tell(log, id=ids[0], truth="b")
    tell(log, id=ids[0], discard=True)
    assert reader.counts("bikes")["joined"] == 0
    assert list(reader.joined("bikes")) == []


def test_a_discarded_row_with_a_truth_is_refused() -> None:
    body = json.dumps({"rows": [{"id": "x", "truth": "a", "discard": True}]}).encode()
    with pytest.raises(DataError, match="discarded"):
        read_feedback("default", "bikes", at_us=NOON_US, body=body)
