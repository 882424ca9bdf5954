"""CMA-ES: a cloud of points that moves and stretches towards what was good."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from cmaes import CMA
from pydantic import Field

from danlu.search.cube import Cube, Points
from danlu.search.history import Costs, History, Values
from danlu.search.samplers.base import Sampler
from danlu.space import Domain


class CmaEs(Sampler):
    """Covariance matrix adaptation (Hansen 2016, arXiv:1604.00772), replayed from the history.

    Whatever was tried, by whomever, is a generation of it: the oldest first, as many as the cloud
    has points. It is for ranges; of choices it knows but the order they are listed in.
    """

    spread: float = Field(0.3, gt=0, le=1)
    """Of the first cloud, in shares of each range."""

    def suggest(
        self,
        space: Mapping[str, Domain],
        history: History,
        *,
        n: int,
        seed: int,
        maximise: bool = True,
        costs: Costs = (),  # noqa: ARG002 - one objective
    ) -> list[Values]:
        """Live through every whole generation of the history, then ask."""
        cube = Cube(space)
        axes = max(2, cube.axes)  # it cannot think in one dimension: a second one is idle
        cloud = CMA(
            mean=np.full(axes, 0.5), sigma=self.spread, seed=_seed(seed, len(history)),
            bounds=np.tile([0.0, 1.0], (axes, 1)), population_size=4 + int(3 * math.log(axes)),
        )  # fmt: skip
        told = _told(cube, history, maximise=maximise)
        size = cloud.population_size
        for start in range(0, len(told) - size + 1, size):
            cloud.tell([(_padded(point, axes), loss) for point, loss in told[start : start + size]])
        return [cube.values(cloud.ask()[: cube.axes]) for _ in range(n)]


def _told(cube: Cube, history: History, *, maximise: bool) -> list[tuple[Points, float]]:
    """Return points and losses, less is better; what failed is as bad as the worst known."""
    sign = -1.0 if maximise else 1.0
    known = [(cube.place(values), metric) for values, metric in history if metric is not None]
    worst = max((sign * m for _, m in known if math.isfinite(m)), default=0.0)
    return [
        (point, sign * metric if math.isfinite(metric) else worst)
        for point, metric in known
        if point is not None
    ]


def _padded(point: Points, axes: int) -> Points:
    return np.append(point, np.full(axes - len(point), 0.5))


def _seed(seed: int, done: int) -> int:
    return (seed * 1_000_003 + done) % 2**32
