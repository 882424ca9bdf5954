"""Feasible: which combinations of a space make a graph that cannot run, before any is trained."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from danlu.network.catalogue import fields
from danlu.network.check import check
from danlu.network.graph import RECIPE, Network
from danlu.params import Params
from danlu.space import Bool, Choice, Domain, Int, Scalar, Space
from danlu.tensor import TensorType

MOST_VALUES = 8  # of one range that are tried: its ends, and others evenly between
MOST_TRIED = 4_608
Values = Mapping[str, Scalar]


class Cause(Params):
    """Why some combinations fail, and what they have in common."""

    code: str
    node: str
    sentence: str
    """Of one of them."""
    when: dict[str, Scalar]
    """The values that all of them share; empty when there are none."""
    count: int


class Feasibility(Params):
    """How many combinations of the fields that shape a network cannot run.

    ``tried`` is less than ``combinations`` when there are too many: then they are drawn evenly.
    """

    combinations: int
    tried: int
    infeasible: int
    causes: tuple[Cause, ...] = ()

    def sentence(self) -> str:
        """Say it in English.

        >>> Feasibility(combinations=12, tried=12, infeasible=0).sentence()
        'all 12 combinations can run'
        """
        of = f"{self.tried:,} tried of {self.combinations:,}"
        if self.tried == self.combinations:
            of = f"{self.combinations:,}"
        if not self.infeasible:
            return f"all {of} combinations can run"
        first = self.causes[0]
        when = " and ".join(f"{k} = {v}" for k, v in first.when.items())
        told = f"; first: {first.sentence}" + (f", always when {when}" if when else "")
        return f"{self.infeasible:,} of {of} combinations cannot run{told}"


class _Failure(NamedTuple):
    code: str
    node: str
    sentence: str
    values: Values


def feasible(
    network: Network, space: Space, types: Mapping[str, TensorType], head: int,
    *, most: int = MOST_TRIED, seed: int = 0,
) -> Feasibility:  # fmt: skip
    """Check the combinations of what a space may do to the shape of a network.

    Dials and the recipe shape nothing. Of a long range a few values stand for all.
    """
    choices = _choices(network, space)
    combinations = math.prod(len(v) for v in choices.values())
    failures: list[_Failure] = []
    tried = 0
    for values in _combinations(choices, combinations, most, seed):
        tried += 1
        problems = check(network.with_values(values), types, head).problems
        first = next((p for p in problems if p.level == "error"), None)
        if first is not None:
            node = first.path or first.node or ""
            failures.append(_Failure(first.code, node, first.sentence(), values))
    passed = tried - len(failures)
    return Feasibility(
        combinations=combinations, tried=tried, infeasible=len(failures),
        causes=tuple(_causes(failures, passed, choices)),
    )  # fmt: skip


def _choices(network: Network, space: Space) -> dict[str, tuple[Scalar, ...]]:
    known = fields(network)
    return {
        key: _values(domain)
        for key, domain in space.items()
        if not key.startswith(f"{RECIPE}.") and known.get(key, {}).get("role") != "dial"
    }


def _values(domain: Domain) -> tuple[Scalar, ...]:
    """Return the values that stand for a range."""
    if isinstance(domain, Bool):
        return (False, True)
    if isinstance(domain, Choice):
        return tuple(domain.options)
    if isinstance(domain, Int):
        whole: Sequence[Scalar] = domain.values()
    else:
        steps = MOST_VALUES - 1
        whole = [domain.low + (domain.high - domain.low) * i / steps for i in range(MOST_VALUES)]
    if len(whole) <= MOST_VALUES:
        return tuple(whole)
    at = [round(i * (len(whole) - 1) / (MOST_VALUES - 1)) for i in range(MOST_VALUES)]
    return tuple(whole[i] for i in dict.fromkeys(at))


def _combinations(
    choices: Mapping[str, tuple[Scalar, ...]], count: int, most: int, seed: int
) -> Iterator[Values]:
    if count <= most:
        for picked in itertools.product(*choices.values()):
            yield dict(zip(choices, picked, strict=True))
        return
    draw = random.Random(seed)
    for _ in range(most):
        yield {key: draw.choice(values) for key, values in choices.items()}


def _causes(
    failures: Sequence[_Failure], passed: int, choices: Mapping[str, tuple[Scalar, ...]]
) -> Iterator[Cause]:
    """Group failures by what broke, most first."""
    groups: dict[tuple[str, str], list[_Failure]] = {}
    for failure in failures:
        groups.setdefault((failure.code, failure.node), []).append(failure)
    for (code, node), group in sorted(groups.items(), key=lambda g: -len(g[1]))[:5]:
        when = _in_common([f.values for f in group], choices) if passed else {}
        yield Cause(code=code, node=node, sentence=group[0].sentence, when=when, count=len(group))


def _in_common(failed: Sequence[Values], choices: Mapping[str, tuple[Scalar, ...]]) -> Values:
    """Return the values that every one of them has, of the fields that can differ."""
    return {
        key: failed[0][key]
        for key, values in choices.items()
        if len(values) > 1 and len({f[key] for f in failed}) == 1
    }
