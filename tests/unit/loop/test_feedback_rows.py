"""Joined predictions become rows: the truth as the target, one file a model, always alike."""

import json
from pathlib import Path

from danlu.loop.feedback import gather
from danlu.serve.log_reader import Logged, Truth

COLUMNS = ("hour", "carrier", "late")


def logged(number: int, *, model: str = "late@1", propensity: float = 1.0) -> Logged:
    return Logged(
        f"id{number}", float(number), model, {"hour": number, "extra": "x"}, {"label": True}, True,
        propensity, [], 10, Truth(float(number) + 60, number % 2 == 0),
    )  # fmt: skip


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_row_has_every_column_and_the_truth(tmp_path: Path) -> None:
    found = gather([logged(2)], tmp_path, columns=COLUMNS, target="late")
    ((model, file),) = found.files
    assert model == "late@1"
    assert rows(file) == [{"hour": 2, "carrier": None, "late": True}]


def test_each_model_that_chose_gets_its_own_file(tmp_path: Path) -> None:
    both = [logged(1), logged(2, model="late@2"), logged(3)]
    found = gather(both, tmp_path, columns=COLUMNS, target="late")
    assert [(m, len(rows(f))) for m, f in found.files] == [("late@1", 2), ("late@2", 1)]


def test_the_same_predictions_give_the_same_bytes(tmp_path: Path) -> None:
    written = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        found = gather([logged(1), logged(2)], tmp_path / name, columns=COLUMNS, target="late")
        written.append(found.files[0][1].read_bytes())
    assert written[0] == written[1]


def test_rows_decided_under_an_exploring_policy_are_counted(tmp_path: Path) -> None:
    found = gather([logged(1), logged(2, propensity=0.9)], tmp_path, columns=COLUMNS, target="late")
    assert (found.rows, found.explored) == (2, 1)


def test_nothing_joined_is_no_file(tmp_path: Path) -> None:
    assert gather([], tmp_path, columns=COLUMNS, target="late").files == ()
