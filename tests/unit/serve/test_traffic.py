"""Traffic: minutes counted as they are logged, read as series; rivals on the same rows."""

from pathlib import Path

import msgspec
import pytest

from danlu.serve.ids import Ids, row_id
from danlu.serve.log import Entry, Log
from danlu.serve.log_feedback import read_feedback
from danlu.serve.log_file import SCHEMA, pysqlite3
from danlu.serve.log_reader import LogReader
from danlu.serve.log_traffic import Seen
from danlu.serve.rivals import rivals
from danlu.serve.traffic import traffic

NOW = 1_700_000_000.0


def entry(ids: Ids, at: float, label: str = "a", **news: object) -> Entry:
    content = msgspec.json.encode([({"n": 1}, {"label": label}, label, 1.0, None)])
    made = Entry("default", "d", "m@1", ids.prefix(at), int(at * 1e6), 1000, 1, 0, 0, content)
    return made._replace(**news)


@pytest.fixture
def log(tmp_path: Path):
    found = Log(tmp_path / "log.db")
    yield found
    found.close()


def test_requests_latencies_and_refusals_are_told_by_time_and_model(log: Log) -> None:
    ids = Ids()
    for place in range(100):
        log.write(entry(ids, NOW - 3000 + place, latency_us=1000 if place < 94 else 64_000))
    log.write(entry(ids, NOW - 10, model="m@2", shadow=True, warned=1))
    log.write(Seen("default", "d", "m@1", int((NOW - 5) * 1e6), 10, refused="wrong_type"))
    found = traffic(LogReader(log.path), "d", now=NOW, seconds=3600, points=12)
    total = found["total"]
    assert (total["requests"], total["rows"], total["errors"]) == (101, 100, 1)
    assert total["p50"] == pytest.approx(1.0, rel=0.25)
    assert total["p99"] == pytest.approx(64.0, rel=0.25)
    assert sum(step["requests"] for step in found["series"]) == 101
    assert len(found["series"]) <= 12
    assert {(m["model"], m["shadow"]): m["requests"] for m in found["models"]} == {
        ("m@1", False): 101, ("m@2", True): 1,
    }  # fmt: skip
    assert found["refusals"] == [{"code": "wrong_type", "requests": 1}]


def test_odd_inputs_are_told_by_column(log: Log) -> None:
    warned = [{"code": "unseen_category", "column": "dest", "value": "X"}]
    content = msgspec.json.encode([({}, {"label": "a"}, "a", 1.0, warned)])
    log.write(entry(Ids(), NOW, content=content, warned=1))
    found = traffic(LogReader(log.path), "d", now=NOW, seconds=60)
    assert found["warnings"] == [{"code": "unseen_category", "column": "dest", "rows": 1}]


def test_what_was_before_the_window_is_left_out(log: Log) -> None:
    log.write(entry(Ids(), NOW - 7200))
    assert traffic(LogReader(log.path), "d", now=NOW, seconds=3600)["total"]["requests"] == 0


def test_a_log_of_the_version_before_counts_from_now_on(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with pysqlite3.connect(path) as old:
        old.executescript(f"{SCHEMA} PRAGMA user_version=1;")
        old.execute("INSERT INTO deployment (id, project, name) VALUES (1, 'default', 'd')")
    old.close()
    assert traffic(LogReader(path), "d", now=NOW, seconds=60)["total"]["requests"] == 0
    log = Log(path)
    log.write(entry(Ids(), NOW))
    log.close()
    assert traffic(LogReader(path), "d", now=NOW, seconds=60)["total"]["requests"] == 1


def test_a_challenger_in_the_shadow_is_judged_on_the_same_rows(log: Log) -> None:
    ids, truths = Ids(), []
    for place in range(10):
        asked = entry(ids, NOW + place, label="a")
        log.write(asked)
        other = msgspec.json.encode([({}, {"label": "a" if place else "b"}, "a", 1.0, None)])
        log.write(asked._replace(model="m@2", shadow=True, content=other))
        truths.append({"id": row_id(asked.prefix, 0), "truth": "a"})
    body = msgspec.json.encode({"rows": truths[:5]})
    log.write(read_feedback("default", "d", at_us=int(NOW * 1e6), body=body))
    found = rivals(LogReader(log.path), "d", champion="m@1", challenger="m@2", shadow=True)
    assert found["same"] == {"rows": 10, "agree": 0.9, "apart": None}
    assert (found["champion"]["judged"], found["champion"]["right"]) == (5, 1.0)
    assert (found["challenger"]["judged"], found["challenger"]["right"]) == (5, 0.8)
