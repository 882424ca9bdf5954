"""TPE: looks where good values were dense and bad ones rare; Optuna's, rebuilt from the history."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, TrialState, create_trial
from pydantic import Field

from danlu.search.samplers.base import History, Sampler, Values
from danlu.space import Bool, Choice, Domain, Float, Int, Scalar


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
    ) -> list[Values]:
        """Tell a fresh study everything, then ask; earlier asks of the batch count as running."""
        domains = {key: _distribution(domain) for key, domain in space.items()}
        told = [_told(space, domains, values, metric) for values, metric in history]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.TPESampler(
                seed=(seed * 1_000_003 + len(history)) % 2**32, multivariate=True,
                constant_liar=True, n_startup_trials=self.startup,
            )  # fmt: skip
        study = _study(sampler, maximise=maximise)
        study.add_trials([t for t in told if t is not None])
        asked = [study.ask(domains).params for _ in range(n)]
        return [{key: _plain(space[key], v) for key, v in params.items()} for params in asked]


def _study(sampler: optuna.samplers.BaseSampler, *, maximise: bool) -> optuna.Study:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        return optuna.create_study(
            sampler=sampler, direction="maximize" if maximise else "minimize"
        )
    finally:
        optuna.logging.set_verbosity(before)


def _distribution(domain: Domain) -> BaseDistribution:
    if isinstance(domain, Int):
        high = domain.low + (domain.high - domain.low) // domain.step * domain.step
        return IntDistribution(domain.low, high, log=domain.log, step=domain.step)
    if isinstance(domain, Float):
        return FloatDistribution(domain.low, domain.high, log=domain.log)
    options = domain.options if isinstance(domain, Choice) else (False, True)
    return CategoricalDistribution(tuple(range(len(options))))  # by place: values may be anything


def _told(
    space: Mapping[str, Domain],
    domains: Mapping[str, BaseDistribution],
    values: Mapping[str, Any],
    metric: float | None,
) -> FrozenTrial | None:
    """Return a past trial in Optuna's words; None if it lies outside this space."""
    if any(key not in values or space[key].nearest(values[key]) != values[key] for key in space):
        return None
    state = TrialState.FAIL if metric is None or metric != metric else TrialState.COMPLETE
    return create_trial(
        params={key: _placed(space[key], values[key]) for key in space},
        distributions=dict(domains),
        value=metric if state is TrialState.COMPLETE else None,
        state=state,
    )


def _placed(domain: Domain, value: Scalar) -> Scalar:
    """Turn a value into what its distribution holds."""
    if isinstance(domain, Choice):
        return domain.options.index(value)
    return int(value) if isinstance(domain, Bool) else value


def _plain(domain: Domain, found: Any) -> Scalar:
    """Turn what a distribution holds into a value."""
    if isinstance(domain, Choice):
        return domain.options[int(found)]
    if isinstance(domain, Bool):
        return bool(found)
    return int(found) if isinstance(domain, Int) else float(found)
