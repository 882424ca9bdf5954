"""GP: a smooth guess of the landscape with its doubt, and the points that promise most."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.stats import norm
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from danlu.search.cube import Cube, Points
from danlu.search.history import Costs, History, Values
from danlu.search.samplers.base import Sampler
from danlu.search.samplers.random import Random
from danlu.space import Domain

Array = NDArray[np.float64]
NEAR = 0.08
"""Spread of the candidates drawn round the best points."""


class Gp(Sampler):
    """Gaussian process, Matern 5/2, expected improvement (Snoek 2012, arXiv:1206.2944).

    scikit-learn's, over our own cube: Optuna's needs torch, which a search must not load. Several
    points are asked one after the other, each believed to come out as expected.
    """

    startup: int = Field(8, ge=2)
    """Trials drawn at random before it trusts the history."""
    candidates: int = Field(1000, ge=10)
    """Points among which the most promising is looked for."""

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
        """Fit what is known, then pick the best expected improvement again and again."""
        cube = Cube(space)
        x, y = _known(cube, history, maximise=maximise)
        if len(y) < self.startup or not cube.axes:
            return Random().suggest(space, history, n=n, seed=seed)
        draw = np.random.default_rng([seed, len(history)])
        running = [cube.place(values) for values, metric in history if metric is None]
        guess = _fitted(cube, x, y)
        for point in (p for p in running if p is not None):
            x, y = _believe(guess, cube, x, y, point)
        found: list[Values] = []
        while len(found) < n:
            options = self._options(x, y, draw)
            point = options[int(_improvement(guess, cube, options, float(y.max())).argmax())]
            x, y = _believe(guess, cube, x, y, point)
            found.append(cube.values(point))
        return found

    def _options(self, x: Points, y: Array, draw: np.random.Generator) -> Points:
        """Draw half everywhere, half round the best."""
        half, axes = self.candidates // 2, x.shape[1]
        best = x[np.argsort(-y, kind="stable")[:5]]
        near = best[draw.integers(len(best), size=half)] + draw.normal(0, NEAR, (half, axes))
        return np.concatenate([draw.random((half, axes)), np.clip(near, 0, 1)])


def _known(cube: Cube, history: History, *, maximise: bool) -> tuple[Points, Array]:
    """Return points and standardised results; more is better."""
    told = [(cube.place(v), m) for v, m in history if m is not None and np.isfinite(m)]
    pairs = [(p, m) for p, m in told if p is not None]
    x = np.array([p for p, _ in pairs]).reshape(len(pairs), cube.axes)
    y = np.array([m for _, m in pairs]) * (1 if maximise else -1)
    spread = float(y.std()) if len(y) else 0.0
    return x, (y - y.mean()) / spread if spread > 0 else np.zeros(len(y))


def _fitted(cube: Cube, x: Points, y: Array) -> GaussianProcessRegressor:
    features = cube.features(x)
    kernel = ConstantKernel(1.0, (0.05, 20)) * Matern(
        np.full(features.shape[1], 0.5), (0.05, 5.0), nu=2.5
    ) + WhiteKernel(1e-2, (1e-5, 0.5))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GaussianProcessRegressor(kernel, random_state=0).fit(features, y)


def _believe(
    guess: GaussianProcessRegressor, cube: Cube, x: Points, y: Array, point: Points
) -> tuple[Points, Array]:
    """Add a point as if it had come out as expected; the kernel stays as it was fitted."""
    expected = guess.predict(cube.features(point[None]))
    x, y = np.concatenate([x, point[None]]), np.append(y, expected)
    guess.optimizer, guess.kernel = None, guess.kernel_
    guess.fit(cube.features(x), y)
    return x, y


def _improvement(
    guess: GaussianProcessRegressor, cube: Cube, options: Points, best: float
) -> NDArray[Any]:
    mean, doubt = guess.predict(cube.features(options), return_std=True)
    doubt = np.maximum(doubt, 1e-9)
    ahead = mean - best
    gain: NDArray[Any] = ahead * norm.cdf(ahead / doubt) + doubt * norm.pdf(ahead / doubt)
    return gain
