"""Datasets of a workspace: versions, corrections, samples, progress."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from danlu.errors import DataError, NotFoundError
from danlu.execute.inline import InlineExecutor
from danlu.workspace.workspace import Workspace

HEAD = "day,n,city\n"


def table(folder: Path, month: int, *more: str) -> Path:
    rows = [f"2013-{month:02}-{i % 28 + 1:02},{i},{'ab'[i % 2]}" for i in range(100)]
    path = folder / f"2013-{month:02}.csv"
    path.write_text(HEAD + "\n".join([*rows, *more]) + "\n")
    return path


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "w", executor=InlineExecutor()) as found:
        found.datasets.add("sales", table(tmp_path, 1, "2013-01-09,x,a"), time="day")
        found.datasets.add("sales", table(tmp_path, 2))
        yield found


def test_each_version_says_what_came_with_it(ws: Workspace) -> None:
    second, first = ws.datasets.versions("sales")
    assert (first["changed"]["parts"], second["changed"]["parts"]) == (
        ["2013-01.csv"],
        ["2013-02.csv"],
    )
    assert (first["rejected"], second["rows"], second["changed"]["rows"]) == (1, 200, 100)


def test_what_came_is_compared_with_what_was_there(ws: Workspace) -> None:
    drift = ws.datasets.profile("sales")["drift"]
    assert (drift["against"], drift["compared"], drift["rows"]) == (1, "new", 100)
    assert drift["columns"][0]["column"] == "day"
    assert ws.datasets.profile("sales", 1)["drift"] is None


def test_a_corrected_kind_is_a_version_of_its_own(ws: Workspace) -> None:
    version = ws.datasets.correct("sales", {"n": "category"})
    assert (version.version, version.rows) == (3, 200)
    assert ws.datasets.versions("sales")[0]["changed"]["kinds"] == {"n": ["number", "category"]}
    assert ws.datasets.rows("sales", limit=1)[0]["n"] == "0"
    assert [r["reason"] for r in ws.datasets.rejects("sales")] == ["not a number"]


def test_a_wrong_correction_leaves_the_dataset_as_it_was(ws: Workspace) -> None:
    with pytest.raises(DataError, match="Did you mean 'city'"):
        ws.datasets.correct("sales", {"citi": "category"})
    with pytest.raises(DataError, match="cannot be read with 'city' as number"):
        ws.datasets.correct("sales", {"city": "number"})
    assert ws.datasets.show("sales").version == 2


def test_rows_are_read_by_page_and_by_what_they_hold(ws: Workspace) -> None:
    assert ws.datasets.rows("sales", limit=1, offset=100)[0]["day"] == "2013-02-01T00:00:00"
    found = ws.datasets.find("sales", "A", limit=1)
    assert (found["count"], found["rows"][0]["city"]) == (100, "a")
    assert ws.datasets.find("sales", "1", column="city")["count"] == 0
    assert ws.datasets.find("sales", "A", limit=1, column="city")["rows"][0]["city"] == "a"


def test_a_sample_is_one_call_away(ws: Workspace) -> None:
    assert ws.datasets.add_sample("wine").rows == 178
    with pytest.raises(NotFoundError, match="wine"):
        ws.datasets.add_sample("wien")


def test_a_look_names_split_balance_and_leaks(ws: Workspace) -> None:
    found = ws.datasets.check("sales", target="city")
    assert found["target"]["rows"] == {"train": 140, "valid": 30, "test": 30}
    assert found["target"]["balance"]["labels"] == ["a", "b"]
    assert found["target"]["split"]["method"] == "time"


def test_an_import_tells_how_far_it_is(ws: Workspace) -> None:
    job = ws.jobs.list()[-1]
    assert (job.progress["kind"], job.progress["rows"]) == ("profiling", 100)
    assert 0.85 <= job.progress["share"] <= 1  # a slow machine hears more of it
    assert any(e.topic == f"job/{job.id}" and e.kind == "progress" for e in ws.events())
