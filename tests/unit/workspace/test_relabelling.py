"""Labels: doubtful ones are found, set by hand as a version of its own; and a split is tried."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from danlu.errors import ConflictError, DataError, InvalidError
from danlu.execute.inline import InlineExecutor
from danlu.store.records import Audit
from danlu.workspace.relabelling import Relabelling, relabel
from danlu.workspace.workspace import Workspace

ROWS = 200
WRONG = (17, 60, 131)
"""Rows of the first file whose label is not what the others say."""


def table(path: Path, *, wrong: tuple[int, ...] = (), start: int = 0) -> Path:
    """Write rows whose label follows from their size, but for some."""
    lines = ["size,user,row,label"]
    for i in range(ROWS):
        is_big = (i % 20 >= 10) != (i in wrong)
        lines.append(f"{i % 20},u{i % 9},{start + i},{'big' if is_big else 'small 🦆'}")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "w", executor=InlineExecutor()) as found:
        found.datasets.add("things", table(tmp_path / "a.csv", wrong=WRONG))
        found.datasets.add("things", table(tmp_path / "b.csv", start=ROWS))
        yield found


def test_planted_wrong_labels_are_found_and_nothing_else(ws: Workspace) -> None:
    found = ws.datasets.doubtful("things", "label")
    assert {case["row"] for case in found["cases"]} == set(WRONG)
    assert found["cells"][0]["rows"] in (1, 2)
    assert {case["said"] for case in found["cases"]} == {"big", "small 🦆"}
    with pytest.raises(DataError) as caught:
        ws.datasets.doubtful("things", "row")
    assert caught.value.code == "not_classes"


def test_labels_set_by_hand_are_a_version_that_says_who_and_what(ws: Workspace) -> None:
    before = ws.datasets.rows("things", limit=1000)
    version = ws.datasets.relabel("things", "label", {17: "big", 205: None, 3: None}, note="seen")
    assert (version.version, version.rows, version.made["by"]) == (3, 400, ws.who.name)
    after = ws.datasets.rows("things", limit=1000)
    assert [r["row"] for r in after] == list(range(400))
    assert [i for i in range(400) if before[i] != after[i]] == [3, 17, 205]
    assert ws.datasets.changes("things")[1] == {"row": 17, "was": "small 🦆", "now": "big"}
    told = ws.datasets.versions("things")[0]["changed"]["labels"]
    assert (told["column"], told["rows"], told["note"]) == ("label", 3, "seen")
    assert ws.datasets.show("things", 2).parts[0].sha256 != version.parts[0].sha256
    assert version.profile["columns"]["label"]["missing"] == 2
    with ws.store.begin(ws.who, write=False) as tx:
        trail = tx.all(Audit, subject="dataset/things")
    assert [(one.action, one.detail["note"]) for one in trail] == [("relabel", "seen")]


def test_rows_of_an_older_version_are_still_those_rows_unless_they_moved(ws: Workspace) -> None:
    ws.datasets.relabel("things", "label", {17: "big"}, version=1)
    ws.datasets.relabel("things", "label", {60: "small 🦆"}, version=2)
    assert ws.datasets.show("things").version == 4
    ws.datasets.correct("things", {"user": "id"})
    again = ws.datasets.relabel("things", "label", {131: "big"}, version=2)
    assert again.made["of"] == 5
    assert ws.datasets.versions("things")[1]["changed"]["labels"] == {}


def test_a_job_done_twice_makes_one_version(ws: Workspace) -> None:
    asked = Relabelling(name="things", version=2, column="label", labels=((17, "big"),))
    place, told = ws.datasets._place, print
    found = [
        relabel(place, asked, scratch="relabel-1", stop=lambda: False, report=told) for _ in "ab"
    ]
    assert found == [{"version": 3, "rows": 1}] * 2
    assert ws.datasets.show("things").version == 3


@pytest.mark.parametrize(
    ("column", "labels", "code"),
    [
        ("label", {400: "big"}, "row_unknown"),
        ("size", {1: "many"}, "wrong_type"),
        ("label", {0: "small 🦆"}, "labels_same"),
        ("lable", {0: "big"}, "column_missing"),
    ],
)
def test_what_cannot_be_set_is_refused_and_makes_no_version(ws, column, labels, code) -> None:
    with pytest.raises(DataError) as caught:
        ws.datasets.relabel("things", column, labels)
    assert caught.value.code == code
    assert ws.datasets.show("things").version == 2


def test_rows_that_a_correction_left_out_move_the_others(ws: Workspace, tmp_path: Path) -> None:
    odd = tmp_path / "odd.csv"
    odd.write_text("n,label\n" + "\n".join(f"{i},{'ab'[i % 2]}" for i in range(60)) + "\nx,a\n")
    ws.datasets.add("odd", odd, kinds={"n": "category"})
    ws.datasets.correct("odd", {"n": "number"}, accept_rejects=True)
    with pytest.raises(ConflictError) as caught:
        ws.datasets.relabel("odd", "label", {0: "b"}, version=1)
    assert caught.value.code == "rows_moved"


def test_a_split_is_tried_before_a_search_uses_it(ws: Workspace) -> None:
    split = {"method": "group", "key": "user", "valid": 0.2, "test": 0.2}
    look = ws.datasets.check("things", target="label", split=split)["target"]
    assert look["split"]["key"] == "user"
    assert sum(look["rows"].values()) == 400
    with pytest.raises(InvalidError, match="valid = 2"):
        ws.datasets.check("things", target="label", split={"method": "random", "valid": 2})
    with pytest.raises(DataError, match="needs a time column"):
        ws.datasets.check("things", target="label", split={"method": "time"})
