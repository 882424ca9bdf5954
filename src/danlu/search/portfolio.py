"""Portfolio: what is tried before anything is guessed: settings known to be good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from danlu.space import Bool, Choice, Domain

Values = dict[str, Any]

GOOD: dict[str, tuple[Values, ...]] = {
    "classification": (
        {"recipe.learning_rate": 2e-3, "recipe.weight_decay": 1e-2, "sigma": 8.0},
        {
            "recipe.learning_rate": 4e-3,
            "recipe.weight_decay": 1e-4,
            "p": 0.25,
            "sigma": 1.5,
            "recipe.augmentation_strength": 0.1,
        },
        {"recipe.learning_rate": 1e-3, "recipe.weight_decay": 5e-2, "p": 0.1, "sigma": 0.5},
    ),
    "regression": (
        {
            "recipe.learning_rate": 3e-3,
            "recipe.weight_decay": 1e-3,
            "sigma": 1.5,
            "recipe.preprocessing": "quantile",
        },
        {
            "recipe.learning_rate": 1e-3,
            "recipe.weight_decay": 1e-2,
            "p": 0.1,
            "sigma": 6.0,
            "recipe.preprocessing": "quantile",
        },
        {"recipe.learning_rate": 5e-3, "recipe.weight_decay": 1e-5, "p": 0.0, "sigma": 0.5},
    ),
}
"""By task; a bare name ("p") stands for that parameter of every node."""


def portfolio(
    space: Mapping[str, Domain],
    defaults: Mapping[str, Any],
    *,
    task: str,
    earlier: Sequence[Mapping[str, Any]] = (),
    n: int,
) -> list[Values]:
    """Return up to ``n`` sets of values: yesterday's best, the defaults, then the known good.

    ``defaults`` are the values of network and recipe; what a setting leaves open is theirs.
    """
    starts: list[Mapping[str, Any]] = [*earlier, {}, *GOOD.get(task, ())]
    found: list[Values] = []
    for start in starts:
        values = {key: _value(key, domain, start, defaults) for key, domain in space.items()}
        if values not in found:
            found.append(values)
    return found[:n]


def _value(key: str, domain: Domain, start: Mapping[str, Any], defaults: Mapping[str, Any]) -> Any:
    bare = key.rpartition(".")[2]
    wanted = start.get(key, None if key.startswith("recipe.") else start.get(bare))
    if wanted is None:
        wanted = defaults.get(key)
    return domain.nearest(wanted) if wanted is not None else _middle(domain)


def _middle(domain: Domain) -> Any:
    if isinstance(domain, Choice | Bool):
        return domain.nearest("")
    low, high = domain.low, domain.high
    return domain.nearest((low * high) ** 0.5 if domain.log else (low + high) / 2)
