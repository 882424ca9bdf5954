"""Promote: champion against challenger on the same rows, by a paired bootstrap; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from danlu.errors import InvalidError
from danlu.params import Params

Json = dict[str, Any]
Array = NDArray[Any]
Metric = Literal["auc", "accuracy", "log_loss", "rmse"]
Code = Literal["better", "not_better", "worse_slices", "too_few"]
Weighted = Callable[[Array], float]
"""A metric of one model as a function of how often each row was drawn (rows,)."""

DRAWS = 1000
FEWEST_ROWS = 30
BITS = 1e-7


class Verdict(Params):
    """What was found, with the numbers it rests on; ``difference`` > 0 = challenger better."""

    promoted: bool
    code: Code
    """Why; the numbers it rests on are the other fields."""
    reason: str
    """The same as an English sentence."""
    metric: Metric
    champion: float
    challenger: float
    difference: float
    low: float
    """Lower end of the confidence interval of the difference."""
    high: float
    rows: int
    fewest: int = FEWEST_ROWS
    """Rows that a verdict takes."""
    level: float
    margin: float
    slices: tuple[Json, ...] = ()
    """`{"name", "rows", "champion", "challenger", "difference", "low", "worse"}`."""


class Bar(Params):
    """What a challenger must reach."""

    metric: Metric = "auc"
    level: float = 0.9
    """Of the two-sided interval: its lower end must be above ``margin``."""
    margin: float = 0.0
    """Least gain, in the metric's unit, that is worth a change."""
    slice_margin: float = 0.02
    """Loss on a slice, relative to the champion's value there, that is a veto when certain."""
    seed: int = 0


def judge(
    champion: Array, challenger: Array, truth: Array, *, bar: Bar | None = None,
    slices: Mapping[str, Array] | None = None,
) -> Verdict:  # fmt: skip
    """Compare two models' answers with the truth; rows without truth must be left out before.

    auc: scores (rows,) and truth 0 or 1. accuracy: labels. log_loss: probability of the true
    class (``truth`` is not looked at). rmse: numbers. ``slices``: name -> mask (rows,).
    """
    bar = bar or Bar()
    if not len(champion) == len(challenger) == len(truth):
        raise InvalidError(
            f"{len(champion)}, {len(challenger)} and {len(truth)} rows cannot be paired",
            code="rows_differ", do="Give both models the same rows.",
        )  # fmt: skip
    total = _compare(champion, challenger, truth, bar)
    cut = [
        {"name": name, **_compare(champion[mask], challenger[mask], truth[mask], bar)}
        for name, mask in (slices or {}).items()
        if int(np.sum(mask)) >= FEWEST_ROWS
    ]
    for one in cut:
        one["worse"] = one["high"] < -bar.slice_margin * abs(one["champion"])
    code, reason = _decide(total, cut, bar)
    return Verdict(
        promoted=code == "better", code=code, reason=reason, metric=bar.metric, level=bar.level,
        margin=bar.margin, slices=tuple(cut), **total,
    )  # fmt: skip


def _decide(total: Json, slices: list[Json], bar: Bar) -> tuple[Code, str]:
    if total["rows"] < FEWEST_ROWS:
        return "too_few", f"{total['rows']} rows are too few, {FEWEST_ROWS} are needed"
    found = (
        f"{bar.metric} {total['challenger']:.5g} against {total['champion']:.5g}, "
        f"better by {total['difference']:.3g} [{total['low']:.3g}, {total['high']:.3g}] "
        f"on {total['rows']} rows"
    )
    worse = [s["name"] for s in slices if s["worse"]]
    if worse:
        return "worse_slices", f"{found}, but worse on {', '.join(worse)}"
    if total["low"] > bar.margin:
        return "better", found
    return "not_better", f"{found}: not above {bar.margin:g} at the {bar.level:.0%} level"


def _compare(champion: Array, challenger: Array, truth: Array, bar: Bar) -> Json:
    """Draw rows with replacement, the same for both, and look at the difference each time."""
    rows = len(truth)
    old, new = metric_of(bar.metric, champion, truth), metric_of(bar.metric, challenger, truth)
    sign = 1.0 if bar.metric in ("auc", "accuracy") else -1.0
    whole = np.ones(rows)
    before, after = old(whole), new(whole)
    rng = np.random.default_rng(bar.seed)
    draws = []
    for _ in range(DRAWS if rows else 0):
        counts = np.bincount(rng.integers(0, rows, rows), minlength=rows).astype(float)
        draws.append(sign * (new(counts) - old(counts)))
    known = np.array([d for d in draws if np.isfinite(d)] or [0.0])
    low, high = np.quantile(known, [(1 - bar.level) / 2, (1 + bar.level) / 2])
    return {
        "rows": rows, "champion": float(before), "challenger": float(after),
        "difference": float(sign * (after - before)), "low": float(low), "high": float(high),
    }  # fmt: skip


def metric_of(name: Metric, answer: Array, truth: Array) -> Weighted:
    """Return a metric of these answers as a function of how often each row counts."""
    if name == "auc":
        return _auc(answer.astype(float), truth.astype(bool))
    if name == "accuracy":
        return _mean((answer == truth).astype(float))
    if name == "log_loss":
        return _mean(-np.log(np.clip(answer.astype(float), BITS, 1)))
    squares = _mean((answer.astype(float) - truth.astype(float)) ** 2)
    return lambda counts: float(np.sqrt(squares(counts)))


def _mean(values: Array) -> Weighted:
    return lambda counts: float(values @ counts / counts.sum()) if len(values) else float("nan")


def _auc(score: Array, positive: Array) -> Weighted:
    """Prepare the ranks once: a draw then costs one pass; equal scores count half."""
    order = np.argsort(score, kind="stable")
    hits = positive[order]
    ends = np.flatnonzero(np.append(np.diff(score[order]) > 0, True)) if len(score) else order

    def area(counts: Array) -> float:
        drawn = counts[order]
        ups, downs = np.cumsum(drawn * hits), np.cumsum(drawn * ~hits)
        if not len(ends) or ups[-1] == 0 or downs[-1] == 0:
            return float("nan")
        up, down = np.diff(ups[ends], prepend=0.0), downs[ends]
        below = np.concatenate([[0.0], down[:-1]])
        return float(np.sum(up * (below + down) / 2) / (ups[-1] * downs[-1]))

    return area
