"""NSGA-II: good and cheap at once; keeps the trials that no other beats in both."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from danlu.search.cube import Cube, Points
from danlu.search.front import crowding, ranks
from danlu.search.history import Costs, History, Values
from danlu.search.samplers.base import Sampler
from danlu.search.samplers.random import Random
from danlu.space import Domain

Array = NDArray[np.float64]


class Nsga2(Sampler):
    """Non-dominated sorting with crowding (Deb 2002), over the metric and the cost of an answer.

    Parents are the best of everything tried so far; children mix two of them, each field a little
    moved. Without costs it is an ordinary genetic search.
    """

    population: int = Field(12, ge=4)
    """Trials that may be parents; so many are drawn at random first."""
    eta: float = Field(10.0, gt=0)
    """How close children stay to their parents."""

    def suggest(
        self,
        space: Mapping[str, Domain],
        history: History,
        *,
        n: int,
        seed: int,
        maximise: bool = True,
        costs: Costs = (),
    ) -> list[Values]:
        """Choose parents by rank and crowding, cross and mutate."""
        cube = Cube(space)
        points, losses = _known(cube, history, costs, maximise=maximise)
        if len(points) < self.population or not cube.axes:
            return Random().suggest(space, history, n=n, seed=seed)
        draw = np.random.default_rng([seed, len(history)])
        rank, room = ranks(losses), crowding(losses)
        order = np.lexsort((-room, rank))[: self.population]  # best first
        return [cube.values(self._child(points[order], draw)) for _ in range(n)]

    def _child(self, parents: Points, draw: np.random.Generator) -> Points:
        """Cross two winners of small tournaments (SBX), then mutate one field in so many."""
        first, second = (parents[draw.integers(len(parents), size=2).min()] for _ in "ab")
        axes = len(first)
        u = draw.random(axes)
        power = 1 / (self.eta + 1)
        beta = np.where(u < 0.5, (2 * u) ** power, (0.5 / (1 - u)) ** power)
        side = np.where(draw.random(axes) < 0.5, 1, -1)
        mixed = np.where(
            draw.random(axes) < 0.5, (first + second + side * beta * (first - second)) / 2, first
        )
        v = draw.random(axes)
        step = np.where(v < 0.5, (2 * v) ** power - 1, 1 - (2 * (1 - v)) ** power)
        hit = draw.random(axes) < 1 / axes
        hit[draw.integers(axes)] = True  # a child is never its parent
        child: Points = np.clip(mixed + hit * step, 0.0, 1.0)
        return child


def _known(cube: Cube, history: History, costs: Costs, *, maximise: bool) -> tuple[Points, Array]:
    """Return points and what each loses (rows, 2), less is better."""
    sign = -1.0 if maximise else 1.0
    padded = [*costs, *[None] * (len(history) - len(costs))]
    rows = [
        (point, (sign * metric, cost or 0.0))
        for (values, metric), cost in zip(history, padded, strict=True)
        if metric is not None and np.isfinite(metric)
        and (point := cube.place(values)) is not None
    ]  # fmt: skip
    points = np.array([p for p, _ in rows]).reshape(len(rows), cube.axes)
    return points, np.array([loss for _, loss in rows]).reshape(len(rows), 2)
