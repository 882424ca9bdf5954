"""Rows, encoder, select: the same bits for training and for one JSON row."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from danlu.data.dataset import Column, Schema, rows_of
from danlu.data.encoder import Encoder, select
from danlu.data.kinds.boolean import Boolean
from danlu.data.kinds.datetime import Datetime
from danlu.data.kinds.number import Number
from danlu.data.rows import table_of
from danlu.errors import DataError, NotFoundError
from danlu.testing.kinds import by_python, by_sql

SCHEMA = Schema(
    columns=tuple(
        Column(name=n, kind=k)
        for n, k in {
            "n": "number", "skewed": "number", "c": "category", "b": "boolean", "t": "datetime",
            "key": "id", "note": "text", "y": "boolean",
        }.items()
    ),
    time="t",
)  # fmt: skip
COUNT = 500
TEXTS = st.text(st.sampled_from(" 0123456789+-.,%$()eET:/Znatrue年月日"), max_size=14)


def table():
    rng = np.random.default_rng(0)
    number = rng.normal(50, 9, COUNT)
    number[::7] = np.nan
    start = np.datetime64("2013-01-01T05:00", "us")
    return {
        "n": number,
        "skewed": np.exp(rng.normal(0, 3, COUNT)),
        "c": np.array([["red", "绿", None][i % 3] for i in range(COUNT)], dtype=object),
        "b": np.arange(COUNT) % 2.0,
        "t": start + np.arange(COUNT) * np.timedelta64(3, "h"),
        "key": np.array([f"k{i}" for i in range(COUNT)], dtype=object),
        "note": np.array(["some words"] * COUNT, dtype=object),
        "y": np.arange(COUNT) % 2.0,
    }


@pytest.fixture(scope="module")
def encoder():
    return Encoder.fit(table(), SCHEMA, {"table": select(SCHEMA, {}, "y")})


def test_the_encoder_is_json(encoder):
    again = Encoder.model_validate_json(encoder.model_dump_json())
    assert again == encoder
    assert np.array_equal(again.encode(table())["table"], encoder.encode(table())["table"])


def test_json_rows_are_encoded_as_the_train_rows_are(encoder):
    rows = rows_of(table(), SCHEMA.columns)
    found, _ = table_of(rows, encoder.columns())
    assert np.array_equal(encoder.encode(found)["table"], encoder.encode(table())["table"])


def test_the_type_says_where_every_column_lies(encoder):
    kind = encoder.types()["table"]
    fields = {f.column: (f.start, f.width, f.cardinality) for f in kind.fields}
    assert kind.shape == (encoder.encode(table())["table"].shape[1],)
    assert fields["n"] == (0, 2, None)
    assert fields["c"] == (3, 1, 4)
    assert sum(width for _, width, _ in fields.values()) == kind.shape[0]


def test_slots_are_contiguous_float32(encoder):
    slots = encoder.encode(table())["table"]
    assert slots.dtype == np.float32
    assert slots.flags.c_contiguous


def test_numbers_are_standardised_and_skewed_ones_tamed(encoder):
    slots = encoder.encode(table())["table"]
    known = ~np.isnan(table()["n"])
    assert abs(slots[known, 0].mean()) < 1e-5
    assert slots[known, 0].std() == pytest.approx(1, abs=1e-4)
    assert abs(slots[:, 2]).max() < 5


def test_a_wild_number_is_clipped(encoder):
    found, _ = table_of([{"n": 1e300}], encoder.columns())
    assert encoder.encode(found)["table"][0, 0] == 8.0


def test_missing_numbers_are_the_mean_and_flagged(encoder):
    found, _ = table_of([{"n": None}], encoder.columns())
    assert encoder.encode(found)["table"][0, :2].tolist() == [0.0, 1.0]


def test_an_unseen_category_becomes_other_with_a_warning(encoder):
    found, _ = table_of([{"c": "red"}, {"c": "紫"}, {"c": None}], encoder.columns())
    assert encoder.encode(found)["table"][:, 3].tolist() == [2.0, 1.0, 0.0]
    assert encoder.warnings(found) == [
        {"row": 1, "column": "c", "code": "unseen_category", "value": "紫"}
    ]


def test_a_cycle_is_encoded_only_if_train_rows_cover_two_of_it(encoder):
    state = next(s for s in encoder.inputs["table"] if s.column == "t")
    assert state.cycles == ("day", "week", "month")  # 62 days: no year


def test_what_no_row_can_tell_takes_no_slot():
    one = {"t": np.array(["2013-01-01"], dtype="datetime64[us]"), "n": np.array([1.0])}
    schema = Schema(columns=(Column(name="t", kind="datetime"), Column(name="n", kind="number")))
    found = Encoder.fit(one, schema, {"x": ["t", "n"]})
    assert [c.name for c in found.columns()] == ["n"]


def test_columns_without_any_slot_are_refused():
    one = {"t": np.array(["2013-01-01"], dtype="datetime64[us]")}
    with pytest.raises(DataError, match="hold nothing"):
        Encoder.fit(one, Schema(columns=(Column(name="t", kind="datetime"),)), {"x": ["t"]})


def test_an_id_is_no_input():
    with pytest.raises(DataError, match="'key' is id: no network reads it"):
        Encoder.fit(table(), SCHEMA, {"x": ["key"]})


def test_the_form_lists_what_a_person_can_enter(encoder):
    form = {entry["name"]: entry for entry in encoder.form()}
    assert form["c"]["values"] == ["red", "绿"]
    assert form["n"]["low"] < form["n"]["example"] < form["n"]["high"]


def test_everything_usable_but_the_target_is_selected_by_default():
    assert select(SCHEMA, {}, "y") == ["n", "skewed", "c", "b", "t"]


def test_columns_are_selected_by_kind():
    assert select(SCHEMA, {"kinds": ["number", "boolean"]}, "y") == ["n", "skewed", "b"]


@pytest.mark.parametrize(
    ("selector", "target", "error", "words"),
    [
        ({"columns": ["skwed"]}, "y", DataError, "Did you mean 'skewed'"),
        ({"columns": ["n", "y"]}, "y", DataError, "is the target"),
        ({"columns": ["key"]}, "y", DataError, "selects no column"),
        ({"kinds": ["numbre"]}, "y", NotFoundError, "Did you mean 'number'"),
        ({"colums": ["n"]}, "y", DataError, "Did you mean 'columns'"),
        ({}, "yy", DataError, "no column 'yy'"),
    ],
)
def test_a_wrong_selector_is_named(selector, target, error, words):
    with pytest.raises(error, match=words):
        select(SCHEMA, selector, target)


def test_missing_and_extra_columns_are_warned_of_not_refused():
    columns = [Column(name="n", kind="number"), Column(name="c", kind="category")]
    found, warnings = table_of([{"n": 1, "x": 2}, {"n": 2, "c": "a"}], columns)
    assert found["c"].tolist() == [None, "a"]
    assert [(w["row"], w["code"], w["columns"]) for w in warnings] == [
        (0, "missing_columns", ["c"]), (0, "extra_columns", ["x"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("number", "abc"), ("number", True), ("number", [1]), ("number", float("inf")),
        ("number", 10**400), ("boolean", 2), ("boolean", "maybe"), ("category", {"a": 1}),
        ("datetime", "2013-02-30"), ("datetime", 7),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_type_is_named_by_row_and_column(kind, value):
    with pytest.raises(DataError, match=f"column 'v' takes a {kind}") as caught:
        table_of([{"v": None}, {"v": value}], [Column(name="v", kind=kind)])
    assert (caught.value.code, caught.value.values["row"]) == ("wrong_type", 1)


@pytest.mark.parametrize("wild", [1e308, -1e308])
def test_cells_near_the_end_of_all_numbers_rule_no_column(wild):
    values = np.array([wild, *range(500), np.nan])
    state = Number.fit("n", values)
    coded = Number.encoder([state])([values])
    assert np.isfinite(coded).all()
    assert len(np.unique(coded[:, 0])) > 400


def test_numbers_may_come_as_text_and_labels_as_numbers():
    columns = [Column(name="n", kind="number"), Column(name="c", kind="category")]
    found, _ = table_of([{"n": "1,234.5", "c": 5.0}, {"n": 3, "c": True}], columns)
    assert found["n"].tolist() == [1234.5, 3.0]
    assert found["c"].tolist() == ["5", "true"]


def test_a_moment_keeps_its_wall_clock_and_drops_its_zone():
    columns = [Column(name="t", kind="datetime")]
    found, _ = table_of([{"t": "2013-01-01T08:30:00+08:00"}, {"t": "2013-01-01 08:30"}], columns)
    assert found["t"][0] == found["t"][1] == np.datetime64("2013-01-01T08:30")


def test_rows_are_json_able():
    rows = rows_of(table(), SCHEMA.columns)
    assert rows[0]["n"] is None
    assert rows[1]["b"] is True
    assert rows[0]["t"] == "2013-01-01T05:00:00"


@settings(max_examples=25, deadline=None)
@given(st.lists(TEXTS, min_size=20, max_size=60))
@pytest.mark.parametrize("kind", [Number, Boolean, Datetime])
def test_any_text_means_the_same_to_import_and_serving(kind, texts):
    found = by_sql(kind, tuple(texts))
    said = [by_python(kind, text) for text in texts]
    assert [(t, a, b) for t, a, b in zip(texts, found, said, strict=True) if a != b] == []
