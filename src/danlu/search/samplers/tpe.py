"""TPE: looks where good values were dense and bad ones rare; Optuna's, rebuilt from the history."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import optuna
from pydantic import Field

from danlu.search.history import Costs, History, Values
from danlu.search.samplers.base import Sampler
from danlu.search.study import distributions, plain, study_of
from danlu.space import Domain


class Tpe(Sampler):
    """Tree-structured Parzen estimator (Bergstra 2011), multivariate, asked in batches."""

    startup: int = Field(10, ge=1)
    """Trials drawn at random before it trusts the history."""

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
        """Tell a fresh study everything, then ask; earlier asks of the batch count as running."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.TPESampler(
                seed=(seed * 1_000_003 + len(history)) % 2**32, multivariate=True,
                constant_liar=True, n_startup_trials=self.startup,
            )  # fmt: skip
        study = study_of(space, history, maximise=maximise, sampler=sampler)
        domains = distributions(space)
        asked = [study.ask(domains).params for _ in range(n)]
        return [{key: plain(space[key], v) for key, v in params.items()} for params in asked]
