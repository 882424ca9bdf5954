"""What is special about one sampler; the rest is their contract."""

import numpy as np

from danlu.search.front import crowding, ranks
from danlu.search.samplers.cma_es import CmaEs
from danlu.search.samplers.gp import Gp
from danlu.search.samplers.grid import Grid
from danlu.search.samplers.nsga2 import Nsga2
from danlu.space import Choice, Float, Int

SQUARE = {"x": Float(0.0, 1.0), "y": Float(0.0, 1.0)}


def search(sampler, trials, metric, cost=None):
    history, costs = [], []
    while len(history) < trials:
        asked = sampler.suggest(SQUARE, history, n=8, seed=1, costs=costs)
        history += [(v, metric(v)) for v in asked]
        costs += [cost(v) if cost else None for v in asked]
    return history, costs


def test_a_grid_tries_everything_once_then_begins_again():
    space = {"a": Int(1, 3), "b": Choice("x", "y")}
    first = Grid().suggest(space, [], n=4, seed=0)
    rest = Grid().suggest(space, [(v, None) for v in first], n=2, seed=0)
    assert len({repr(v) for v in first + rest}) == 6
    assert len(Grid().suggest(space, [(v, 0.1) for v in first + rest], n=3, seed=0)) == 3


def test_a_grid_reaches_both_ends_of_a_range():
    asked = Grid(points=3).suggest({"x": Float(1e-4, 1e-2, log=True)}, [], n=3, seed=0)
    assert sorted(round(v["x"], 8) for v in asked) == [1e-4, 1e-3, 1e-2]


def test_a_grid_of_many_fields_is_never_laid_out():
    space = {f"x{i}": Float(0.0, 1.0) for i in range(40)}
    assert len(Grid().suggest(space, [], n=5, seed=0)) == 5


def test_a_process_comes_close_to_the_top_in_few_trials():
    history, _ = search(Gp(), 32, lambda v: -((v["x"] - 0.3) ** 2) - (v["y"] - 0.8) ** 2)
    assert max(metric for _, metric in history) > -1e-3


def test_a_cloud_moves_to_the_top():
    history, _ = search(CmaEs(), 96, lambda v: -((v["x"] - 0.3) ** 2) - (v["y"] - 0.8) ** 2)
    last = [metric for _, metric in history[-8:]]
    assert np.mean(last) > np.mean([metric for _, metric in history[:8]])
    assert max(last) > -1e-2


def test_a_cloud_answers_in_one_dimension():
    asked = CmaEs().suggest({"x": Float(0.0, 1.0)}, [], n=5, seed=0)
    assert len({v["x"] for v in asked}) == 5


def test_two_objectives_spread_along_the_front():
    """More x is better and dearer, y is only dear: the front lies at y = 0."""
    history, _ = search(Nsga2(), 120, lambda v: v["x"], lambda v: v["x"] + 2 * v["y"])
    late = [values for values, _ in history[-24:]]
    assert np.mean([v["y"] for v in late]) < 0.15
    assert max(v["x"] for v in late) - min(v["x"] for v in late) > 0.5


def test_the_ends_of_a_front_have_all_the_room():
    losses = np.array([[0.0, 3.0], [1.0, 1.0], [3.0, 0.0], [3.0, 3.0]])
    assert ranks(losses).tolist() == [0, 0, 0, 1]
    assert np.isinf(crowding(losses)).tolist() == [True, False, True, True]
