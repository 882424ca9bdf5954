"""Quantile: numbers by their rank among the train rows, spread like a normal distribution."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from danlu.train.preprocessors.base import Array, Curves, Preprocessor, curves

KNOTS = 64
OUTERMOST = 1e-3
"""Ranks end here: at 3.1 deviations."""


class Quantile(Preprocessor):
    """The usual choice of deep learning on tables (Gorishniy 2021, arXiv:2106.11959).

    Straight between 65 quantiles; equal values share the middle of their ranks.
    """

    def fit(self, x: Array) -> Curves:
        """Find quantiles and what each becomes."""
        return curves([_line(np.sort(column)) for column in x.T.astype(np.float64)])


def _line(ordered: Array) -> tuple[Array, Array]:
    knots = np.unique(np.quantile(ordered, np.linspace(0, 1, KNOTS + 1), method="nearest"))
    below = np.searchsorted(ordered, knots, "left")
    upto = np.searchsorted(ordered, knots, "right")
    ranks = np.clip((below + upto) / (2 * len(ordered)), OUTERMOST, 1 - OUTERMOST)
    return knots, np.array([NormalDist().inv_cdf(float(rank)) for rank in ranks])
