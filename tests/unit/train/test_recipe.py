"""A recipe says what is wrong with it; most of its fields are dials."""

import pytest

from danlu.errors import SpaceError
from danlu.train.recipe import Recipe, fields, is_dial, parse


def test_an_unknown_optimizer_suggests_the_near_one():
    with pytest.raises(SpaceError, match="Did you mean 'adamw'"):
        parse({"optimizer": "adam"})


def test_a_value_out_of_bounds_is_named():
    with pytest.raises(SpaceError, match=r"recipe.learning_rate = 0 .*greater than 0"):
        parse({"learning_rate": 0})


def test_every_field_can_be_searched():
    assert set(fields()) == {f"recipe.{name}" for name in Recipe.model_fields}
    assert fields()["recipe.schedule"]["enum"] == [
        "constant", "cosine", "linear", "one_cycle", "plateau",
    ]  # fmt: skip


def test_only_these_fields_split_cohorts():
    assert {key for key in fields() if not is_dial(key)} == {
        "recipe.optimizer", "recipe.batch_size", "recipe.device", "recipe.precision"
    }  # fmt: skip


def test_values_of_a_trial_set_the_recipe():
    recipe = Recipe().with_values({"recipe.epochs": 3, "dense_1.units": 8})
    assert recipe == Recipe(epochs=3)
