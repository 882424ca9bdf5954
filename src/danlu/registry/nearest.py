"""Nearest: the training row most like a given one, as the encoder sees them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from danlu.data.encoder import Encoder

MOST_TRAINED = 5000
"""Training rows that are looked through, evenly spread."""
MOST_NUMBERS = 512
"""Numbers of a row beyond which nearness of raw values says nothing (pictures, sound)."""
FARTHEST = 4.0
"""Cap of one number's difference, so that a single outlier does not decide."""


class Nearest:
    """Looks through training rows; empty when there are none, or rows are too wide."""

    def __init__(
        self, encoder: Encoder, table: Mapping[str, NDArray[np.generic]],
        train: NDArray[np.int64] | None,
    ) -> None:  # fmt: skip
        self._encoder, self._table = encoder, table
        types = encoder.types().values()
        width = sum(int(np.prod([size or 1 for size in t.shape])) for t in types)
        if train is None or width > MOST_NUMBERS:
            train = np.empty(0, dtype=np.int64)
        places = np.linspace(0, max(len(train) - 1, 0), min(MOST_TRAINED, len(train)))
        self._train = train[np.unique(places.astype(np.int64))]

    def of(self, rows: NDArray[np.int64]) -> list[int | None]:
        """Return the row number of each one's nearest training row."""
        if not len(self._train):
            return [None] * len(rows)
        learnt, categories = self._numbers(self._train)
        asked, _ = self._numbers(rows)
        found: list[int | None] = []
        for one in asked:
            apart = np.minimum((learnt - one) ** 2, FARTHEST)  # (rows, numbers)
            apart[:, categories] = learnt[:, categories] != one[categories]
            found.append(int(self._train[int(apart.sum(axis=1).argmin())]))
        return found

    def _numbers(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Encode rows into one matrix, and tell which of its columns are places of a category."""
        wanted = [c.name for c in self._encoder.columns()]
        arrays = self._encoder.encode({name: self._table[name][rows] for name in wanted})
        flat, categories = [], []
        for name, kind in self._encoder.types().items():
            flat.append(arrays[name].reshape(len(rows), -1))
            places = np.zeros(flat[-1].shape[1], dtype=bool)
            for field in kind.fields:
                if field.is_category:
                    places[field.start : field.start + field.width] = True
            categories.append(places)
        return np.concatenate(flat, axis=1), np.concatenate(categories)
