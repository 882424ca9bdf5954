"""Grid: every combination of evenly spaced values, once each, in scattered order."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import Field

from danlu.search.cube import Cube, cells
from danlu.search.history import Costs, History, Values
from danlu.search.samplers.base import Sampler
from danlu.space import Domain


class Grid(Sampler):
    """For a few fields whose whole landscape one wants to see; repeats when all has been tried.

    >>> from danlu.space import Choice, Int
    >>> asked = Grid().suggest({"a": Int(1, 3), "b": Choice("x", "y")}, [], n=6, seed=0)
    >>> len({(v["a"], v["b"]) for v in asked})
    6
    """

    points: int = Field(7, ge=2)
    """Values of a range that has more of them, evenly spaced from end to end."""

    def suggest(
        self,
        space: Mapping[str, Domain],
        history: History,
        *,
        n: int,
        seed: int,
        maximise: bool = True,  # noqa: ARG002 - it does not look at results
        costs: Costs = (),  # noqa: ARG002
    ) -> list[Values]:
        """Walk through all combinations in an order that any beginning of it spreads well."""
        cube = Cube(space)
        sizes = [min(cells(space[key]) or self.points, self.points) if not _named(space[key])
                 else cells(space[key]) or 1 for key in cube.moving]  # fmt: skip
        total = math.prod(sizes)
        start, stride = _walk(total, seed)
        tried = {repr(sorted(values.items())) for values, _ in history}
        found: list[Values] = []
        for step in range(min(total, n + len(tried))):
            values = _at(cube, sizes, (start + step * stride) % total)
            if repr(sorted(values.items())) not in tried:
                found.append(values)
        again = [_at(cube, sizes, (start + step * stride) % total) for step in range(n)]
        return (found + again)[:n]


def _named(domain: Domain) -> bool:
    """Tell whether every value is meant: choices and switches are never thinned out."""
    return not hasattr(domain, "low")


def _walk(total: int, seed: int) -> tuple[int, int]:
    """Return a start and a stride without common divisor, near the golden share of the whole."""
    stride = max(1, total * 618 // 1000)
    while math.gcd(stride, total) > 1:
        stride += 1
    return random.Random(seed).randrange(total), stride  # a total may be beyond 64 bits


def _at(cube: Cube, sizes: list[int], number: int) -> dict[str, Any]:
    place = []
    for key, size in zip(cube.moving, sizes, strict=True):
        number, step = divmod(number, size)
        ends = size > 1 and not _named(cube.space[key])
        place.append(step / (size - 1) if ends else (step + 0.5) / size)
    return cube.values(np.array(place))
