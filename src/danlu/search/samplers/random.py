"""Random: independent draws; the yardstick of every other sampler."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from danlu.search.history import Costs, History, Values
from danlu.search.samplers.base import Sampler
from danlu.space import Bool, Choice, Domain, Float


class Random(Sampler):
    """Uniform over each range, over its logarithm where it says so (Bergstra & Bengio 2012)."""

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
        """Draw; the length of the history moves the draw on, its content does not."""
        draw = np.random.default_rng([seed, len(history)])
        return [{key: _value(domain, draw) for key, domain in space.items()} for _ in range(n)]


def _value(domain: Domain, draw: np.random.Generator) -> Any:
    if isinstance(domain, Bool):
        return bool(draw.integers(2))
    if isinstance(domain, Choice):
        return domain.options[int(draw.integers(len(domain.options)))]
    if isinstance(domain, Float):
        if domain.log:
            # Rounding may step over an end by one bit.
            return domain.nearest(
                math.exp(draw.uniform(math.log(domain.low), math.log(domain.high)))
            )
        return float(draw.uniform(domain.low, domain.high))
    if domain.log:
        low, high = math.log(domain.low - 0.5), math.log(domain.high + 0.5)
        return domain.nearest(round(math.exp(draw.uniform(low, high))))
    return domain.low + domain.step * int(
        draw.integers((domain.high - domain.low) // domain.step + 1)
    )
