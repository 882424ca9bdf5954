"""Sampler: which values to try next, from what was tried before."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from danlu.params import Params
from danlu.search.history import Costs, History, Values
from danlu.space import Domain


class Sampler(Params, ABC):
    """A pure function: no study is kept, the same arguments give the same answer."""

    @abstractmethod
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
        """Return ``n`` sets of values inside ``space``, one value per key.

        ``costs`` is the second objective of those samplers that weigh two.
        """
