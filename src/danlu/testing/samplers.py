"""Samplers: what every sampler must do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from danlu.search.history import Values
from danlu.search.samplers.base import Sampler
from danlu.space import Bool, Choice, Float, Int, Space

SPACE: Space = {
    "dense_1.units": Int(16, 256, log=True),
    "dense_2.units": Int(10, 52, step=15),
    "drop_1.p": Float(0.0, 0.5),
    "recipe.learning_rate": Float(1e-4, 1e-1, log=True),
    "act_1.function": Choice("relu", "gelu", "tanh"),
    "norm_1.enabled": Bool(),
}


def bowl(values: Mapping[str, Any]) -> float:
    """Return 0 in the middle, less elsewhere."""
    return -float((values["x"] - 0.3) ** 2 + (values["y"] + 0.2) ** 2)


def search(sampler: Sampler, *, trials: int, seed: int) -> float:
    """Return the best of a search for the middle of the bowl, asked six at a time."""
    space: Space = {"x": Float(-1.0, 1.0), "y": Float(-1.0, 1.0)}
    history: list[tuple[Values, float | None]] = []
    while len(history) < trials:
        asked = sampler.suggest(space, history, n=6, seed=seed)
        history += [(values, bowl(values)) for values in asked]
    return max(metric for _, metric in history if metric is not None)


class SamplerContract:
    """Subclass in a test module that has a fixture ``sampler``."""

    def test_answers_lie_inside_the_space(self, sampler: Sampler) -> None:
        """Every value is one its domain would keep."""
        asked = sampler.suggest(SPACE, [], n=30, seed=1)
        assert all(list(values) == list(SPACE) for values in asked)
        assert all(SPACE[key].nearest(v) == v for values in asked for key, v in values.items())

    def test_the_same_arguments_give_the_same_answer(self, sampler: Sampler) -> None:
        """Nothing is remembered between calls."""
        history = [(values, 0.5) for values in sampler.suggest(SPACE, [], n=12, seed=2)]
        first = sampler.suggest(SPACE, history, n=5, seed=2)
        sampler.suggest(SPACE, [], n=3, seed=9)
        assert sampler.suggest(SPACE, history, n=5, seed=2) == first

    def test_another_seed_gives_another_answer(self, sampler: Sampler) -> None:
        """Seeds are used."""
        asked = [sampler.suggest(SPACE, [], n=3, seed=seed) for seed in (1, 2)]
        assert asked[0] != asked[1]

    def test_a_batch_can_be_asked_without_any_result(self, sampler: Sampler) -> None:
        """Values of a batch differ, and earlier ones may still be running."""
        running = [(values, None) for values in sampler.suggest(SPACE, [], n=8, seed=3)]
        asked = sampler.suggest(SPACE, running, n=8, seed=3)
        assert len({repr(values) for values in asked}) == 8

    def test_failed_trials_and_other_spaces_do_no_harm(self, sampler: Sampler) -> None:
        """A history may hold NaN, and values of an earlier space."""
        asked = sampler.suggest(SPACE, [], n=12, seed=4)
        history = [(v, float("nan")) for v in asked] + [({"gone.units": 3}, 0.7)]
        assert len(sampler.suggest(SPACE, history, n=4, seed=4)) == 4

    def test_a_space_with_one_point_is_answered(self, sampler: Sampler) -> None:
        """Nothing to choose is no error."""
        point: Space = {"a.units": Int(8, 8), "b.function": Choice("relu")}
        asked = sampler.suggest(point, [], n=2, seed=5)
        assert asked == [{"a.units": 8, "b.function": "relu"}] * 2

    def test_it_is_no_worse_than_random_on_a_bowl(
        self, sampler: Sampler, yardstick: Sampler
    ) -> None:
        """Over eight seeds, 48 trials each."""
        own = sum(search(sampler, trials=48, seed=s) for s in range(8))
        assert own >= sum(search(yardstick, trials=48, seed=s) for s in range(8))
