"""The field that decides is found; where nothing can be said, nothing is."""

from danlu.search.importance import importance
from danlu.search.samplers.random import Random
from danlu.space import Choice, Float

SPACE = {"rate": Float(0.0, 1.0), "p": Float(0.0, 1.0), "one": Float(0.3, 0.3),
         "act": Choice("relu", "gelu")}  # fmt: skip


def tried(metric, n=24):
    asked = Random().suggest(SPACE, [], n=n, seed=0)
    return [(values, metric(values)) for values in asked]


def test_the_field_that_decides_comes_first():
    found = importance(SPACE, tried(lambda v: -((v["rate"] - 0.5) ** 2)), maximise=True, seed=0)
    assert next(iter(found)) == "rate"
    assert found["rate"] > 0.8
    assert "one" not in found
    assert abs(sum(found.values()) - 1) < 0.01


def test_the_same_results_give_the_same_shares():
    history = tried(lambda v: v["rate"] + 0.2 * (v["act"] == "relu"))
    first, again = (importance(SPACE, history, maximise=False, seed=1) for _ in "ab")
    assert first == again


def test_too_few_or_equal_results_say_nothing():
    assert importance(SPACE, tried(lambda v: v["p"], n=3), maximise=True, seed=0) == {}
    assert importance(SPACE, tried(lambda _: 0.5), maximise=True, seed=0) == {}


def test_failed_trials_do_no_harm():
    history = [*tried(lambda v: v["p"]), (tried(lambda v: v["p"], n=1)[0][0], None)]
    assert next(iter(importance(SPACE, history, maximise=True, seed=0))) == "p"
