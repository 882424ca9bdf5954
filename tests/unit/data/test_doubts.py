"""Doubts: what a dataset shows of repeated rows and odd values, and what it does not make up."""

import time

import pytest

from danlu.data import doubts, job
from danlu.data.dataset import Schema

ROWS = [
    f"2013-01-{i % 28 + 1:02},{20 + i % 40},{['Berlin', 'Köln'][i % 2]},1,{i % 7}.5"
    for i in range(400)
]
HEAD = "day,age,city,same,x\n"


@pytest.fixture
def look(put, tmp_path):
    def found(*more: str, rows=ROWS):
        text = HEAD + "\n".join([*rows, *more]) + "\n"
        args = {"source": str(put("a.csv", text)), "folder": str(tmp_path / "out")}
        done = job.run(args, lambda _: None)
        asked = {
            "parts": [done["imported"]["parquet"]], "schema_": done["imported"]["schema_"],
            "profile": done["profile"], "now": time.time(),
        }  # fmt: skip
        return doubts.run(asked, lambda _: None)

    return found


def codes(found) -> set[tuple[str, str]]:
    return {(doubt["code"], doubt["column"]) for doubt in found["doubts"]}


def test_a_column_of_one_value_is_all_there_is_to_say(look):
    unique = [f"{row[:-2]}.{i:03}" for i, row in enumerate(ROWS)]
    found = look(rows=unique)
    assert (codes(found), found["duplicates"]["rows"]) == ({("constant", "same")}, 0)


def test_a_far_value_that_repeats_is_a_code_for_missing(look):
    found = look(*["2013-01-01,999,Berlin,1,1"] * 5)
    (doubt,) = [d for d in found["doubts"] if d["column"] == "age"]
    assert (doubt["code"], doubt["args"]) == ("code_for_missing", {"value": 999.0, "rows": 5})


def test_a_single_far_value_is_shown(look):
    (doubt,) = [d for d in look("2013-01-01,5000,Berlin,1,1")["doubts"] if d["column"] == "age"]
    assert (doubt["code"], doubt["args"]["values"]) == ("far_off", [5000.0])


def test_labels_that_differ_in_case_or_spaces_only_are_shown_together(look):
    found = look("2013-01-01,30,berlin,1,1", "2013-01-01,30,K ö l n,1,1")
    (doubt,) = [d for d in found["doubts"] if d["code"] == "spelling"]
    assert doubt["args"]["labels"] == [["Berlin", "berlin"], ["Köln", "K ö l n"]]


def test_days_that_stand_for_nothing_and_days_to_come(look):
    found = codes(look("1970-01-01,30,Berlin,1,1", "2999-01-01,30,Berlin,1,1"))
    assert {("placeholder_day", "day"), ("future", "day")} <= found


def test_repeated_rows_are_counted_and_placed(look):
    unique = [f"{row[:-2]}.{i:03}" for i, row in enumerate(ROWS)]
    found = look(unique[0], unique[0], rows=unique)["duplicates"]
    assert found == {"rows": 2, "examples": [{"times": 3, "at": [1, 401, 402]}]}


def test_very_many_labels_are_counted_and_twenty_shown(put, tmp_path):
    text = "name,n\n" + "".join(f"name{i % 90_000},{i}\n" for i in range(180_000))
    args = {
        "source": str(put("a.csv", text)), "folder": str(tmp_path / "out"),
        "kinds": {"name": "category"},
    }  # fmt: skip
    done = job.run(args, lambda _: None)
    asked = {
        "parts": [done["imported"]["parquet"]], "schema_": done["imported"]["schema_"],
        "profile": done["profile"], "now": 0.0,
    }  # fmt: skip
    found = doubts.run(asked, lambda _: None)
    assert ("many_labels", "name") in codes(found)
    assert len(done["profile"]["columns"]["name"]["top"]) == 20
    assert Schema.model_validate(done["imported"]["schema_"]).names == ("name", "n")
