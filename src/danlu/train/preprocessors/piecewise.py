"""Piecewise: every number as its place among bins that hold equally many train rows."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from danlu.train.preprocessors.base import Array, Curves, Preprocessor, curves

BINS = 16


class Piecewise(Preprocessor):
    """A number becomes 16 numbers: how far each bin is filled (Gorishniy 2022, arXiv:2203.05556).

    The op `piecewise_linear` does much the same inside a network, with bins that are the same for
    every column; these are at the quantiles of the train rows.
    """

    widens: ClassVar[bool] = True

    def fit(self, x: Array) -> Curves:
        """Find where bins meet."""
        return curves([_bins(column) for column in x.T.astype(np.float64)])


def _bins(column: Array) -> tuple[Array, Array]:
    edges = np.unique(np.quantile(column, np.linspace(0, 1, BINS + 1)))
    return edges, np.arange(len(edges), dtype=np.float64)
