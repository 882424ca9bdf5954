"""Drift between versions, and kinds corrected by hand."""

import pytest

from danlu.data import drift, job, retype
from danlu.errors import DataError

HEAD = "day,n,city,code\n"
FIRST = [f"2013-01-{i % 28 + 1:02},{i % 50},{'ab'[i % 2]},{i % 3}" for i in range(600)]
MOVED = [f"2013-02-{i % 28 + 1:02},{40 + i % 20},{'bz'[i % 2]},{i % 3}" for i in range(200)]


@pytest.fixture
def take(put, tmp_path):
    def imported(name, rows, **more):
        text = HEAD + "\n".join(rows) + "\n"
        args = {"source": str(put(f"{name}.csv", text)), "folder": str(tmp_path / name), **more}
        return job.run(args, lambda _: None)

    return imported


@pytest.fixture
def first(take):
    return take("first", FIRST, time="day")


@pytest.fixture
def moved(take, first):
    after = take("second", MOVED, schema=first["imported"]["schema_"])
    args = {
        "before": [first["imported"]["parquet"]], "after": [after["imported"]["parquet"]],
        "profile": first["profile"], "schema_": first["imported"]["schema_"],
    }  # fmt: skip
    return {c["column"]: c for c in drift.run(args, lambda _: None)["columns"]}


def test_what_moved_is_told_from_what_did_not(moved):
    assert min(moved["n"]["psi"], moved["city"]["psi"], moved["day"]["psi"]) > 0.25
    assert moved["code"]["psi"] < 0.1


def test_both_are_counted_over_the_bins_of_before(moved):
    assert sum(moved["n"]["after"]) == 200
    assert len(moved["n"]["edges"]) == len(moved["n"]["before"]) + 1 == len(moved["n"]["after"]) + 1


def test_labels_never_seen_before_are_named(moved):
    assert moved["city"]["labels"] == ["a", "b"]
    assert moved["city"]["after"] == [0, 100, 100]
    assert moved["city"]["new"] == {"labels": ["z"], "count": 1, "share": 0.5}


@pytest.fixture
def correct(first, tmp_path):
    def again(kinds, **more):
        args = {
            "parts": [first["imported"]["parquet"]], "names": ["first.csv"],
            "folder": str(tmp_path / "again"), "schema": first["imported"]["schema_"],
            "kinds": kinds, **more,
        }  # fmt: skip
        return retype.run(args, lambda _: None)

    return again


def test_a_number_becomes_a_category_without_decimals(correct):
    found = correct({"code": "category"})
    assert found["profile"]["columns"]["code"]["top"] == [["0", 200], ["1", 200], ["2", 200]]
    assert found["parts"][0]["rows"] == 600


def test_a_kind_that_values_do_not_have_is_refused_with_the_first_of_them(correct):
    with pytest.raises(DataError, match="'city' as number") as caught:
        correct({"city": "number"})
    assert caught.value.code == "kinds_unread"
    assert "row 1: 'a' is not a number" in caught.value.where


def test_the_time_column_keeps_a_kind_that_has_an_order(correct):
    with pytest.raises(DataError, match="time column 'day' is a category"):
        correct({"day": "category"})
    assert correct({"day": "category"}, time="n")["schema"]["time"] == "n"


def test_nothing_to_correct_is_refused(correct):
    with pytest.raises(DataError, match="already"):
        correct({"n": "number"})
