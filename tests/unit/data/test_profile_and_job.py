"""Profile and jobs: what a worker answers about an import."""

import json

import pytest

from danlu.data import job

DAYS = "day,n,c,b\n" + "\n".join(
    f"2013-01-{i % 20 + 1:02},{i if i % 10 else ''},{'xyz'[i % 3]},{'yn'[i % 2]}"
    for i in range(200)
)


@pytest.fixture
def events():
    return []


@pytest.fixture
def done(put, tmp_path, events):
    args = {
        "source": str(put("a.csv", DAYS)), "folder": str(tmp_path / "out"), "schema": None,
        "time": "day", "kinds": {}, "accept_rejects": False, "before": [],
    }  # fmt: skip
    return job.run(args, events.append)


def test_the_answer_is_json(done):
    assert json.loads(json.dumps(done, allow_nan=False)) == done


def test_progress_is_reported(done, events):
    assert done["imported"]["rows"] == 200
    assert (events[0]["kind"], events[-1]["kind"]) == ("looking", "profiling")
    shares = [e["share"] for e in events]
    assert shares == sorted(shares)


def test_a_number_has_quantiles_and_a_histogram(done):
    found = done["profile"]["columns"]["n"]
    assert (found["missing"], found["distinct"]) == (20, 180)
    assert (found["quantiles"]["0"], found["quantiles"]["1"]) == (1.0, 199.0)
    assert found["quantiles"]["0.5"] == pytest.approx(100, abs=2)
    assert sum(found["histogram"]["counts"]) == 180
    assert len(found["histogram"]["edges"]) == len(found["histogram"]["counts"]) + 1


def test_a_datetime_is_profiled_in_iso_text(done):
    found = done["profile"]["columns"]["day"]
    assert found["quantiles"]["0"] == "2013-01-01T00:00:00"
    assert found["histogram"]["edges"][-1] == "2013-01-20T00:00:00"
    assert "mean" not in found


def test_labels_are_listed_by_frequency(done):
    columns = done["profile"]["columns"]
    assert columns["c"]["top"] == [["x", 67], ["y", 67], ["z", 66]]
    assert columns["b"]["top"] == [[False, 100], [True, 100]]


def test_the_profile_covers_the_earlier_parts_too(done, put, tmp_path):
    args = {
        "source": str(put("b.csv", DAYS)), "folder": str(tmp_path / "next"),
        "schema": done["imported"]["schema_"], "before": [done["imported"]["parquet"]],
    }  # fmt: skip
    assert job.run(args, lambda _: None)["profile"]["rows"] == 400


def test_a_column_without_values_has_a_profile(put, tmp_path):
    args = {
        "source": str(put("a.csv", "a,b\n" + "1,\n" * 30)), "folder": str(tmp_path / "out"),
        "kinds": {"b": "number"},
    }  # fmt: skip
    found = job.run(args, lambda _: None)["profile"]["columns"]
    assert found["b"] == {"kind": "number", "missing": 30, "distinct": 0}
    assert found["a"]["histogram"]["counts"].count(0) == 19


def test_rows_are_read_by_page(done):
    args = {
        "parts": [done["imported"]["parquet"]], "schema": done["imported"]["schema_"],
        "limit": 1, "offset": 1,
    }  # fmt: skip
    assert job.rows(args, lambda _: None) == {
        "rows": [{"day": "2013-01-02T00:00:00", "n": 1, "c": "y", "b": False}]
    }
