"""Study: spaces and histories in Optuna's words, and back."""

from __future__ import annotations

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

from danlu.search.history import History
from danlu.space import Bool, Choice, Domain, Float, Int, Scalar


def study_of(
    space: Mapping[str, Domain],
    history: History,
    *,
    maximise: bool,
    sampler: optuna.samplers.BaseSampler | None = None,
) -> optuna.Study:
    """Return a fresh study that has been told everything."""
    domains = distributions(space)
    told = [_told(space, domains, values, metric) for values, metric in history]
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        study = optuna.create_study(
            sampler=sampler, direction="maximize" if maximise else "minimize"
        )
    finally:
        optuna.logging.set_verbosity(before)
    study.add_trials([t for t in told if t is not None])
    return study


def distributions(space: Mapping[str, Domain]) -> dict[str, BaseDistribution]:
    """Say each field in Optuna's words."""
    return {key: _distribution(domain) for key, domain in space.items()}


def plain(domain: Domain, found: Any) -> Scalar:
    """Turn what a distribution holds into a value."""
    if isinstance(domain, Choice):
        return domain.options[int(found)]
    if isinstance(domain, Bool):
        return bool(found)
    return int(found) if isinstance(domain, Int) else float(found)


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
