"""Split: every row in one part at most, and no look into the future."""

import numpy as np
import pytest

from danlu.data.split import Split, split
from danlu.errors import DataError

COUNT = 1000
TABLE = {
    "t": np.datetime64("2013-01-01", "us") + (np.arange(COUNT) // 7)[::-1] * np.timedelta64(1, "D"),
    "who": np.array([f"u{i % 40}" for i in range(COUNT)], dtype=object),
    "n": np.arange(COUNT, dtype=float),
}
RARE = np.array(["rare" if i % 50 == 0 else "common" for i in range(COUNT)], dtype=object)


def together(parts):
    return np.sort(np.concatenate(list(parts.values())))


@pytest.mark.parametrize("method", ["time", "stratified", "random", "group"])
def test_every_row_is_in_exactly_one_part(method):
    parts = split(TABLE, Split(method=method, key="who"), time="t", target=RARE)
    assert together(parts).tolist() == list(range(COUNT))
    assert all(len(p) > 100 for p in parts.values())


@pytest.mark.parametrize("method", ["time", "stratified", "random", "group"])
def test_the_same_seed_gives_the_same_split(method):
    first, again = (
        split(TABLE, Split(method=method, key="who", seed=3), time="t", target=RARE)
        for _ in range(2)
    )
    assert all(np.array_equal(first[name], again[name]) for name in first)


def test_time_goes_forward_and_never_through_one_moment():
    parts = split(TABLE, Split(method="time"), time="t")
    times = {name: TABLE["t"][rows] for name, rows in parts.items()}
    assert times["train"].max() < times["valid"].min()
    assert times["valid"].max() < times["test"].min()


def test_a_gap_leaves_rows_out_before_valid_and_test():
    plain = split(TABLE, Split(method="time"), time="t")
    gapped = split(TABLE, Split(method="time", gap=20), time="t")
    assert len(gapped["train"]) == len(plain["train"]) - 20
    assert len(gapped["valid"]) == len(plain["valid"]) - 20
    assert np.array_equal(gapped["test"], plain["test"])


def test_strata_keep_their_share():
    parts = split(TABLE, Split(method="stratified"), target=RARE)
    assert [int((RARE[p] == "rare").sum()) for p in parts.values()] == [14, 3, 3]


def test_a_numeric_target_is_stratified_by_quantiles():
    parts = split(TABLE, Split(method="stratified"), target=TABLE["n"])
    assert all(abs(np.median(TABLE["n"][p]) - 500) < 25 for p in parts.values())


def test_groups_stay_together():
    parts = split(TABLE, Split(method="group", key="who"))
    seen = [set(TABLE["who"][p]) for p in parts.values()]
    assert sum(map(len, seen)) == len(set.union(*seen)) == 40


@pytest.mark.parametrize(
    ("known", "missing", "dtype"),
    [("a", None, object), (1.0, np.nan, float), ("2013-01-01", "NaT", "datetime64[us]")],
)
def test_rows_without_a_target_are_in_no_part(known, missing, dtype):
    target = np.array([known] * 500 + [missing] * 500, dtype=dtype)
    parts = split(TABLE, Split(method="random"), target=target)
    assert together(parts).tolist() == list(range(500))


def test_an_encoded_target_marks_missing_by_minus_one():
    target = np.where(np.arange(COUNT) < 900, np.arange(COUNT) % 2, -1)
    assert len(together(split(TABLE, Split(method="stratified"), target=target))) == 900


def test_too_few_rows_are_refused():
    with pytest.raises(DataError, match="2 rows leave none for"):
        split({"n": np.arange(2.0)}, Split(method="random"))


def test_a_split_by_an_unknown_column_suggests_the_near_miss():
    with pytest.raises(DataError, match="Did you mean 'who'"):
        split(TABLE, Split(method="group", key="whoo"))


def test_parts_that_leave_no_train_rows_are_refused():
    with pytest.raises(DataError, match="no row to train on"):
        split(TABLE, Split(method="random", valid=0.5, test=0.5))


def test_three_large_groups_leave_one_for_each_part() -> None:
    table = {"key": np.repeat(np.array(["a", "b", "c"], dtype=object), 100)}
    parts = split(table, Split(method="group", key="key"))
    assert sorted(len(rows) for rows in parts.values()) == [100, 100, 100]
