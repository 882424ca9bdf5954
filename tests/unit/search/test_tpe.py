"""TPE is silent, pure, and uses what it is told."""

from danlu.search.samplers.tpe import Tpe
from danlu.space import Choice, Float


def test_nothing_is_said_on_the_way(capfd):
    Tpe().suggest({"x": Float(0.0, 1.0)}, [({"x": 0.5}, 1.0)], n=3, seed=1)
    assert capfd.readouterr() == ("", "")


def test_it_looks_near_what_was_good():
    space = {"x": Float(0.0, 1.0), "kind": Choice("a", "b")}
    history = [
        ({"x": i / 40, "kind": "ab"[i % 2]}, -abs(i / 40 - 0.8) - (i % 2)) for i in range(40)
    ]
    asked = Tpe().suggest(space, history, n=10, seed=3)
    assert sum(values["kind"] == "a" for values in asked) >= 8
    assert sum(abs(values["x"] - 0.8) < 0.25 for values in asked) >= 7


def test_less_can_be_better():
    history = [({"x": i / 40}, abs(i / 40 - 0.2)) for i in range(40)]
    asked = Tpe().suggest({"x": Float(0.0, 1.0)}, history, n=10, seed=3, maximise=False)
    assert sum(abs(values["x"] - 0.2) < 0.25 for values in asked) >= 7
