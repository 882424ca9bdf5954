"""Preprocessor: how the numbers of a table are rescaled before a network reads them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from danlu.params import Params

Array = NDArray[Any]


class Curves(Params):
    """Of every slot: where its bins begin and end, and how much each adds to the answer.

    A bin that lies below a number counts 1, one above it 0, the one that holds it how far it is
    filled. Slots with fewer bins than others end in bins that add nothing.
    """

    edges: tuple[tuple[float, ...], ...]
    """(slots, bins + 1), rising; beyond the last real one infinite."""
    start: tuple[float, ...]
    """(slots,) what a number below every bin becomes."""
    rise: tuple[tuple[float, ...], ...]
    """(slots, bins)."""


class Preprocessor(Params, ABC):
    """Learns from train rows how the numbers of every slot are spread; the exported graph holds it.

    Columns arrive as the encoder gives them: standardised, on a logarithmic scale where they are
    skewed, a missing one as 0. Flags and categories are not for it.
    """

    widens: ClassVar[bool] = False
    """Whether a number becomes its bins, side by side, in place of one number."""
    changes: ClassVar[bool] = True
    """Whether there is anything to learn and to do."""

    @abstractmethod
    def fit(self, x: Array) -> Curves:
        """Learn from numbers (rows, slots)."""


def curves(found: list[tuple[Array, Array]]) -> Curves:
    """Put broken lines, each by its points (x rising, y), beside each other."""
    most = max(len(x) for x, _ in found)
    edges, rises = [], []
    for x, y in found:
        spare = most - len(x)
        edges.append((*x.tolist(), *[float("inf")] * spare))
        rises.append((*np.diff(y).tolist(), *[0.0] * spare))
    return Curves(edges=tuple(edges), start=tuple(float(y[0]) for _, y in found), rise=tuple(rises))
