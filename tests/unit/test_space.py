"""A space is read from JSON and from what people type; what cannot be is said with a fix."""

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from danlu.errors import SpaceError
from danlu.space import Bool, Choice, Float, Int, check, from_json, parse, to_json
from danlu.train.recipe import fields

GRAMMAR = json.loads((Path(__file__).parent / "grammar.json").read_text("utf-8"))
EVERY = {
    "a.units": Int(16, 256, log=True),
    "b.units": Int(10, 50, step=10),
    "c.p": Float(0.0, 0.5),
    "d.function": Choice("relu", "gelu"),
    "e.enabled": Bool(),
}


@pytest.mark.parametrize("line", GRAMMAR, ids=lambda line: line["typed"])
def test_typed_text_is_read(line):
    found = parse(line["typed"], line["schema"])
    assert ({"range": found.to_json()} if "range" in line else {"value": found}) == {
        k: line[k] for k in line if k in ("range", "value")
    }


@pytest.mark.parametrize(
    "typed", ["", "..", "5..1", "a..b", "1..2 lag", "{", "{1", "{}", "0..8 log", "{1, 1}"]
)
def test_unreadable_text_says_what_to_write(typed):
    with pytest.raises(SpaceError) as caught:
        parse(typed)
    assert caught.value.do


def test_a_range_beyond_the_field_is_refused_with_the_bound():
    with pytest.raises(SpaceError, match=r"'drop_1.p' cannot be 1.5.*Stay at most 0.95"):
        parse("0..1.5", {"type": "number", "maximum": 0.95}, field="drop_1.p")


def test_half_numbers_do_not_fit_an_integer_field():
    with pytest.raises(SpaceError):
        parse("1.5..8", {"type": "integer"})


def test_a_choice_outside_the_list_suggests_the_near_one():
    with pytest.raises(SpaceError, match="Did you mean 'relu'"):
        parse("{relo, gelu}", {"enum": ["relu", "gelu"]})


def test_a_space_round_trips_through_json():
    assert from_json(json.loads(json.dumps(to_json(EVERY)))) == EVERY


def test_the_envelope_of_a_file_is_read():
    document = {"format": "danlu.space", "version": 1, "space": to_json(EVERY)}
    assert from_json(document) == EVERY


def test_a_future_version_is_refused():
    with pytest.raises(SpaceError, match="version 2"):
        from_json({"format": "danlu.space", "version": 2, "space": {}})


@pytest.mark.parametrize(
    "value",
    [{"int": [1]}, {"ints": [1, 2]}, {"int": [1, 2], "lag": True}, 3, {"float": ["a", 1]},
     {"bool": False}, {"int": [1, 2], "log": 1}, {"choice": []}, {"int": [1.5, 2]}],
)  # fmt: skip
def test_an_unreadable_range_is_refused(value):
    with pytest.raises(SpaceError):
        from_json({"a.units": value})


def test_an_unknown_field_suggests_the_near_one():
    with pytest.raises(SpaceError, match=r"Did you mean 'recipe.learning_rate'\?") as caught:
        check({"recipe.learning_rat": Float(0.1, 0.2)}, fields())
    assert caught.value.code == "field_unknown"


def test_a_range_is_held_against_the_recipe():
    check({"recipe.learning_rate": Float(1e-4, 1e-1, log=True)}, fields())
    with pytest.raises(SpaceError, match="Stay below 1"):
        check({"recipe.momentum": Float(0.5, 1.5)}, fields())


def test_a_range_over_an_optimizer_is_a_choice_of_known_ones():
    check({"recipe.optimizer": Choice("adamw", "sgd")}, fields())
    with pytest.raises(SpaceError, match="Did you mean 'adamw'"):
        check({"recipe.optimizer": Choice("adam")}, fields())


def test_a_field_that_may_be_one_of_two_types_takes_either():
    schema = {"anyOf": [{"type": "integer", "minimum": 1}, {"const": "target"}]}
    check({"head.units": Choice(4, "target")}, {"head.units": schema})


@given(st.integers(-1000, 1000), st.integers(0, 1000), st.integers(1, 50), st.floats(-2e3, 2e3))
def test_the_nearest_value_of_a_stepped_range_is_in_it(low, length, step, value):
    domain = Int(low, low + length, step=step)
    assert domain.nearest(value) in domain.values()


@given(st.text(max_size=20))
def test_no_text_does_more_than_be_refused(text):
    with contextlib.suppress(SpaceError):
        parse(text, {"type": "number"})
