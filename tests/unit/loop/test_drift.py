"""Drift and the watermark: arithmetic over summaries."""

import pytest

from danlu.data.stability import MOVED, STABLE, psi
from danlu.loop.drift import drift
from danlu.loop.watermark import ripe_before, share_in_time

PROFILE = {
    "rows": 400,
    "columns": {
        "hour": {
            "kind": "number", "missing": 0,
            "histogram": {"edges": [0, 6, 12, 18, 24], "counts": [100, 100, 100, 100]},
        },
        "carrier": {"kind": "category", "missing": 0, "top": [["AA", 300], ["UA", 100]]},
        "note": {"kind": "text", "missing": 0},
    },
}  # fmt: skip
SAME = [{"hour": h, "carrier": "UA" if h % 4 == 0 else "AA"} for h in range(24)] * 10


def test_rows_like_those_learnt_from_have_not_drifted() -> None:
    assert all(entry["psi"] < STABLE for entry in drift(PROFILE, SAME))


def test_the_column_that_moved_comes_first() -> None:
    found = drift(PROFILE, [{**row, "hour": 23} for row in SAME])
    assert found[0]["column"] == "hour"
    assert found[0]["psi"] > MOVED > found[1]["psi"]


def test_few_rows_prove_nothing_and_many_do() -> None:
    late = [{**row, "hour": 23} for row in SAME]
    moved = {count: drift(PROFILE, late[:count])[0]["moved"] for count in (4, 29, len(late))}
    assert moved == {4: False, 29: False, len(late): True}


def test_values_never_seen_are_a_share_of_their_own() -> None:
    found = {e["column"]: e for e in drift(PROFILE, [{**r, "carrier": "ZZ"} for r in SAME])}
    assert found["carrier"]["new"] == 1.0
    assert found["carrier"]["psi"] > MOVED


def test_cells_that_go_missing_are_drift() -> None:
    found = {e["column"]: e for e in drift(PROFILE, [{**r, "hour": None} for r in SAME])}
    assert (found["hour"]["missing"], found["hour"]["missing_before"]) == (1.0, 0.0)
    assert found["hour"]["psi"] > MOVED


def test_the_target_and_unprofiled_columns_are_left_out() -> None:
    assert [e["column"] for e in drift(PROFILE, SAME, leave_out=["hour"])] == ["carrier"]


def test_no_rows_no_drift() -> None:
    assert drift(PROFILE, []) == []


def test_an_empty_bin_keeps_the_index_finite() -> None:
    assert 0 < psi([10, 0], [0, 10]) < 100


def test_nothing_is_ripe_while_no_feedback_has_come() -> None:
    assert ripe_before({}, 1e9) == 0.0


@pytest.mark.parametrize(("age_s", "share"), [(0.0, 0.0), (60.0, 0.5), (1000.0, 0.99)])
def test_the_share_of_feedback_in_time_grows_with_age(age_s: float, share: float) -> None:
    assert share_in_time({"p50": 60.0, "p90": 300.0, "p99": 900.0}, age_s) == share
