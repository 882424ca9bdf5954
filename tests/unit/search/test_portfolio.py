"""The portfolio stays inside the space and starts with what was best yesterday."""

from danlu.search.portfolio import portfolio
from danlu.space import Bool, Choice, Float, Int

SPACE = {
    "dense_1.units": Int(16, 64),
    "drop_1.p": Float(0.0, 0.2),
    "recipe.learning_rate": Float(1e-4, 1e-2, log=True),
    "act_1.function": Choice("relu", "gelu"),
    "norm_1.enabled": Bool(),
}
DEFAULTS = {"dense_1.units": 32, "drop_1.p": 0.1, "act_1.function": "gelu", "norm_1.enabled": True}


def found(**more):
    return portfolio(SPACE, DEFAULTS, task="classification", n=6, **more)


def test_every_value_lies_in_the_space():
    assert all(SPACE[k].nearest(v) == v for values in found() for k, v in values.items())


def test_the_defaults_come_first_without_a_yesterday():
    assert {k: v for k, v in found()[0].items() if k in DEFAULTS} == DEFAULTS


def test_yesterdays_best_comes_first():
    earlier = [{"dense_1.units": 48, "drop_1.p": 0.05, "recipe.learning_rate": 3e-4}]
    assert found(earlier=earlier)[0]["dense_1.units"] == 48


def test_nothing_is_tried_twice():
    shown = [repr(values) for values in found(earlier=[DEFAULTS, DEFAULTS])]
    assert len(shown) == len(set(shown))


def test_a_log_range_without_a_default_starts_in_its_middle():
    assert round(found()[0]["recipe.learning_rate"], 6) == 1e-3


def test_an_unknown_task_still_has_its_defaults():
    assert len(portfolio(SPACE, DEFAULTS, task="ranking", n=6)) == 1
