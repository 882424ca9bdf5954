"""Report: the leaderboard of an experiment, baselines on it, and what the search cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from danlu.store.records import Trial

Json = dict[str, Any]


def leaderboard(trials: Sequence[Trial], plan: Mapping[str, Any]) -> list[Json]:
    """Rank trials and baselines by the main metric on validation; what has none comes last.

    Rows are ``{"name", "kind": "trial" | "baseline", "metric", "metrics", "state", ...}``.
    """
    rows = [
        {
            "name": f"trial {t.number}", "kind": "trial", "number": t.number, "metric": t.metric,
            "metrics": t.metrics, "state": t.state, "seconds": t.seconds, "values": t.values,
        }
        for t in trials
    ]  # fmt: skip
    rows += [{"kind": "baseline", "state": "finished", **b} for b in plan.get("baselines", [])]
    sign = -1 if plan.get("maximise") else 1
    return sorted(rows, key=lambda row: _place(row, sign))


def cost_of(trials: Sequence[Trial]) -> Json:
    """Sum what was spent, and how trials ended."""
    return {
        "trials": len(trials),
        "epochs": sum(t.epochs for t in trials),
        "seconds": round(sum(t.seconds for t in trials), 3),
        "states": dict(Counter(t.state for t in trials)),
    }


def _place(row: Json, sign: int) -> tuple[bool, float, str]:
    metric = row["metric"]
    return (metric is None, sign * (metric or 0.0), row["name"])
