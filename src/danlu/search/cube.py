"""Cube: a space as points of the unit cube, for samplers that think in distances."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from danlu.space import Bool, Choice, Domain, Float, Int, Scalar

Points = NDArray[np.float64]
Values = dict[str, Any]


class Cube:
    """One axis per field that can move; every point stands for values inside the space.

    >>> cube = Cube({"units": Int(16, 64, step=16), "norm": Bool(), "p": Float(0.5, 0.5)})
    >>> cube.values(np.array([0.9, 0.2]))
    {'units': 64, 'norm': False, 'p': 0.5}
    >>> cube.place({"units": 16, "norm": True, "p": 0.5})
    array([0.125, 0.75 ])
    """

    def __init__(self, space: Mapping[str, Domain]) -> None:
        self.space = dict(space)
        self.fixed = {key: d.nearest(_middle(d)) for key, d in space.items() if cells(d) == 1}
        self.moving = [key for key in space if key not in self.fixed]

    @property
    def axes(self) -> int:
        """How many fields can move."""
        return len(self.moving)

    def values(self, point: Points) -> Values:
        """Return the values a point stands for; outside the cube counts as its edge."""
        at = dict(zip(self.moving, np.clip(point, 0.0, 1.0).tolist(), strict=True))
        return {
            key: self.fixed[key] if key in self.fixed else _value(domain, at[key])
            for key, domain in self.space.items()
        }

    def place(self, values: Mapping[str, Any]) -> Points | None:
        """Return the point of some values; None if they lie outside this space."""
        for key, domain in self.space.items():
            if key not in values or domain.nearest(values[key]) != values[key]:
                return None
        return np.array([_at(self.space[key], values[key]) for key in self.moving])

    def features(self, points: Points) -> Points:
        """Spread unordered choices over an axis each: any two are equally far apart."""
        columns: list[Points] = []
        for axis, key in enumerate(self.moving):
            domain = self.space[key]
            if isinstance(domain, Choice) and not _ordered(domain):
                count = len(domain.options)
                cell = np.minimum((points[:, axis] * count).astype(int), count - 1)
                columns += list((cell[:, None] == np.arange(count)).T * math.sqrt(0.5))
            else:
                columns.append(points[:, axis])
        return np.stack(columns, axis=1)


def cells(domain: Domain) -> int | None:
    """Return how many values a field can take; None = a whole range of them."""
    if isinstance(domain, Float):
        return 1 if domain.low == domain.high else None
    if isinstance(domain, Int):
        return (domain.high - domain.low) // domain.step + 1
    return len(_options(domain))


def _options(domain: Choice | Bool) -> Sequence[Scalar]:
    return domain.options if isinstance(domain, Choice) else (False, True)


def _ordered(domain: Choice) -> bool:
    return all(isinstance(o, int | float) for o in domain.options)


def _middle(domain: Domain) -> Scalar:
    return _options(domain)[0] if isinstance(domain, Choice | Bool) else domain.low


def _value(domain: Domain, at: float) -> Scalar:
    if isinstance(domain, Choice | Bool):
        options = _options(domain)
        return options[min(int(at * len(options)), len(options) - 1)]
    low, high = _ends(domain)
    found = low + (high - low) * at
    found = math.exp(found) if domain.log else found
    return domain.nearest(found if isinstance(domain, Float) else _whole(domain, found))


def _whole(domain: Int, found: float) -> int:
    return domain.low + domain.step * round((found - domain.low) / domain.step)


def _at(domain: Domain, value: Any) -> float:
    if isinstance(domain, Choice | Bool):
        options = _options(domain)
        return (options.index(value) + 0.5) / len(options)
    low, high = _ends(domain)
    return ((math.log(value) if domain.log else value) - low) / (high - low)


def _ends(domain: Int | Float) -> tuple[float, float]:
    """Return where 0 and 1 lie: whole numbers are the middles of cells of equal size."""
    low, high = float(domain.low), float(domain.high)
    if isinstance(domain, Int):
        last = domain.low + (domain.high - domain.low) // domain.step * domain.step
        low, high = domain.low - domain.step / 2, last + domain.step / 2
    return (math.log(low), math.log(high)) if domain.log else (low, high)
