"""Policy: turns scores into decisions, with an exploration share whose propensity is known."""

from __future__ import annotations

from math import comb
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import Field

from danlu.errors import InvalidError
from danlu.params import Params
from danlu.serve.decoder import Decoder


class Decided(NamedTuple):
    """What was decided for each row, how likely that was, and whether chance made it."""

    decisions: list[Any]
    propensities: list[float]
    explored: list[bool]


class Policy(Params):
    """How an answer becomes a decision; stored with the deployment."""

    kind: Literal["argmax", "threshold", "top_k"] = "argmax"
    """`argmax`: the likeliest class, or the value itself. `threshold`: yes or no. `top_k`: k."""
    threshold: float = 0.5
    """The second of two classes is decided from this probability on (for a value: this value)."""
    k: int = Field(3, ge=1)
    """How many classes `top_k` names, likeliest first."""
    epsilon: float = Field(0.0, ge=0.0, le=1.0)
    """Share of rows decided by chance, so that learning from our own choices stays honest."""

    def check(self, decoder: Decoder) -> None:
        """Refuse a policy that this kind of answer cannot follow."""
        if self.kind == "threshold" and len(decoder.classes) > 2:
            raise _misfit(self, f"{len(decoder.classes)} classes", "Use argmax or top_k.")
        if self.kind == "top_k" and (decoder.form == "value" or self.k > len(decoder.classes)):
            raise _misfit(self, f"{len(decoder.classes)} classes", "Use argmax, or a smaller k.")
        if self.epsilon and self.kind == "argmax" and decoder.form == "value":
            raise _misfit(self, "a value", "Exploring needs a choice: use threshold.")

    def decide(self, scores: np.ndarray, decoder: Decoder, rng: np.random.Generator) -> Decided:
        """Decide every row of ``scores``: (rows, classes), or (rows,) for a value."""
        if self.kind == "top_k":
            return self._top_k(scores, decoder, rng)
        if self.kind == "argmax" and decoder.form == "value":
            rows = len(scores)
            return Decided(scores.tolist(), [1.0] * rows, [False] * rows)
        if self.kind == "threshold":
            best = self._above(scores, decoder)
            options: tuple[Any, ...] = decoder.labels or (False, True)
        else:
            best, options = scores.argmax(axis=1), decoder.labels
        return self._choose(best, options, rng)

    def _above(self, scores: np.ndarray, decoder: Decoder) -> np.ndarray:
        positive = scores if decoder.form == "value" else scores[:, 1]
        above: np.ndarray = (positive >= self.threshold).astype(np.int64)
        return above

    def _choose(
        self, best: np.ndarray, options: tuple[Any, ...], rng: np.random.Generator
    ) -> Decided:
        """Take the best of the options, or with chance epsilon any of them; ``best`` (rows,)."""
        rows, count = len(best), len(options)
        if not self.epsilon:
            return Decided([options[i] for i in best.tolist()], [1.0] * rows, [False] * rows)
        explored = np.less(rng.random(rows), self.epsilon)
        chosen = np.where(explored, rng.integers(0, count, rows), best)
        by_chance = self.epsilon / count
        propensity = by_chance + (1.0 - self.epsilon) * np.equal(chosen, best)
        decisions = [options[i] for i in chosen.tolist()]
        return Decided(decisions, propensity.tolist(), explored.tolist())

    def _top_k(self, scores: np.ndarray, decoder: Decoder, rng: np.random.Generator) -> Decided:
        """Name k classes, likeliest first; by chance any k of them, still in that order."""
        rows, count = scores.shape
        order = np.argsort(-scores, axis=1, kind="stable")  # (rows, classes)
        explored = np.less(rng.random(rows), self.epsilon)
        # Ranks 0..k-1 are the greedy set; an explored row draws k ranks of all, without repeats.
        drawn = np.sort(np.argsort(rng.random((rows, count)), axis=1)[:, : self.k], axis=1)
        ranks = np.where(explored[:, None], drawn, np.arange(self.k))
        chosen = np.take_along_axis(order, ranks, axis=1)  # (rows, k)
        greedy = np.equal(ranks[:, -1], self.k - 1)
        by_chance = self.epsilon / comb(count, self.k)
        propensity = by_chance + (1.0 - self.epsilon) * greedy
        labels = decoder.labels
        decisions = [[labels[i] for i in row] for row in chosen.tolist()]
        return Decided(decisions, propensity.tolist(), explored.tolist())


def _misfit(policy: Policy, answer: str, do: str) -> InvalidError:
    return InvalidError(
        f"policy '{policy.kind}' does not fit a model that answers {answer}",
        code="policy_misfit",
        where="policy",
        do=do,
        kind=policy.kind,
    )
