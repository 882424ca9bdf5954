"""Front: which of several results no other beats in everything."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Losses = NDArray[np.float64]
"""(results, objectives), less is better."""


def ranks(losses: Losses) -> NDArray[np.int64]:
    """Return 0 for what nothing beats, 1 for what only those beat, and so on.

    >>> ranks(np.array([[1.0, 5.0], [2.0, 2.0], [3.0, 3.0], [1.0, 6.0]])).tolist()
    [0, 0, 1, 1]
    """
    no_worse = np.all(losses[:, None] <= losses[None], axis=-1)
    better = np.any(losses[:, None] < losses[None], axis=-1)
    beats: NDArray[np.bool_] = np.logical_and(no_worse, better)  # (who, whom)
    found = np.full(len(losses), -1)
    rank = 0
    while (found < 0).any():
        left = found < 0
        front = left & ~beats[left].any(axis=0)
        found[front], rank = rank, rank + 1
    return found


def crowding(losses: Losses) -> Losses:
    """Return how much room each result has among those of its rank; the ends have all of it."""
    room = np.zeros(len(losses))
    rank = ranks(losses)
    for place in range(int(rank.max(initial=-1)) + 1):
        front = np.flatnonzero(rank == place)
        for column in losses.T:
            order = front[np.argsort(column[front], kind="stable")]
            width = float(np.ptp(column[front])) or 1.0
            room[order[1:-1]] += (column[order[2:]] - column[order[:-2]]) / width
            room[order[[0, -1]]] = np.inf
    return room
