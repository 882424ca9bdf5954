"""The log cut into days: by the row's own time, else by when it was asked; samples are fair."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from danlu.serve.ids import Ids
from danlu.serve.log import Entry, Log
from danlu.serve.log_days import days, first_model, sample
from danlu.serve.log_feedback import read_feedback
from danlu.serve.log_reader import LogReader

DAY_US = 86_400_000_000
NOW = 1_800_000_000.0


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    found = Log(tmp_path / "p.db")
    yield found
    found.close()


def ask(log: Log, rows: list[dict[str, object]], *, at: float = NOW, model: str = "m@1") -> str:
    """Log one request; returns its id prefix."""
    prefix = Ids().prefix(at)
    content = msgspec.json.encode([[row, {"value": 1.0}, None, 1.0, []] for row in rows])
    log.write(
        Entry("default", "d", model, prefix, int(at * 1e6), 100, len(rows), 0, 0, content)
    )  # fmt: skip
    return prefix


def test_days_are_those_of_the_rows_own_time(log: Log) -> None:
    for day in (3, 1, 2):
        ask(log, [{"t": f"2013-01-0{day}T10:00:00", "n": i} for i in range(5)])
    found = days(LogReader(log.path), "d", time="t", newest=2, now=NOW)
    assert [(day.name, day.rows) for day in found] == [("2013-01-02", 5), ("2013-01-03", 5)]


@pytest.mark.parametrize("time", [None, "absent", 'a"b'])
def test_without_a_time_a_day_is_when_it_was_asked(log: Log, time: str | None) -> None:
    ask(log, [{"n": 1}], at=NOW - 86_400)
    ask(log, [{"n": 1}, {"n": 2}], at=NOW, model="m@2")
    found = days(LogReader(log.path), "d", time=time, newest=9, now=NOW)
    assert [(day.rows, day.models) for day in found] == [(1, {"m@1": 1}), (2, {"m@2": 2})]
    assert first_model(LogReader(log.path), "d") == "m@1"


def test_what_is_too_old_is_not_read(log: Log) -> None:
    ask(log, [{"n": 1}], at=NOW - 500 * 86_400)
    assert days(LogReader(log.path), "d", time=None, newest=9, now=NOW) == []


def test_of_too_many_requests_only_whole_newest_days_are_told(log: Log) -> None:
    for day in range(1, 5):
        for hour in range(3):
            row = {"t": f"2013-01-0{day}T0{hour}:00:00"}
            ask(log, [row], at=NOW + day * 100 + hour)
    found = days(LogReader(log.path), "d", time="t", newest=9, now=NOW, most=8)
    assert [(day.name, day.rows) for day in found] == [("2013-01-03", 3), ("2013-01-04", 3)]


def test_a_truth_counts_once_however_often_it_comes(log: Log) -> None:
    prefix = ask(log, [{"n": 1}, {"n": 2}])
    first = LogReader(log.path).recent("d")[-1].id
    assert first.replace("-", "").startswith(prefix.replace("-", ""))
    for truth in (1, 2):
        body = msgspec.json.encode({"rows": [{"id": first, "truth": truth}]})
        log.write(read_feedback("default", "d", at_us=int(NOW * 1e6), body=body))
    (day,) = days(LogReader(log.path), "d", time=None, newest=9, now=NOW)
    assert (day.rows, day.joined) == (2, 1)


def test_a_sample_is_spread_evenly_over_requests_of_any_size(log: Log) -> None:
    place = 0
    for size in (1, 7, 30, 2, 60):
        ask(log, [{"n": place + i} for i in range(size)], at=NOW + place)
        place += size
    (day,) = days(LogReader(log.path), "d", time=None, newest=9, now=NOW)
    found = [entry.row["n"] for entry in sample(LogReader(log.path), day, most=20)]
    assert found == list(range(0, 100, 5))


def test_a_log_that_is_not_there_has_no_days(tmp_path: Path) -> None:
    reader = LogReader(tmp_path / "none.db")
    assert days(reader, "d", time=None, newest=9, now=NOW) == []
    assert first_model(reader, "d") is None
