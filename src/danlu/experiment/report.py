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


def verdict(trials: Sequence[Trial], plan: Mapping[str, Any], found: Mapping[str, Any]) -> Json:
    """Say plainly who answers in the model, and who was better alone: a network or a baseline.

    ``found`` names the members; the result is ``{"winner": "networks" | "baselines" | "both",
    "names", "metric", "network", "baseline", "ahead"}``.
    """
    rows = [row for row in leaderboard(trials, plan) if row["metric"] is not None]
    first = {
        kind: next((row for row in rows if row["kind"] == kind), None)
        for kind in ("trial", "baseline")
    }
    shown = {k: row and {"name": row["name"], "metric": row["metric"]} for k, row in first.items()}
    kinds = [k for k, key in (("networks", "members"), ("baselines", "baselines")) if found[key]]
    names = [*(f"trial {n}" for n in found["members"]), *found["baselines"]]
    return {
        "winner": kinds[0] if len(kinds) == 1 else "both",
        "names": names,
        "metric": found["valid"][plan["metric"]],
        "network": shown["trial"],
        "baseline": shown["baseline"],
        "ahead": "baseline" if rows and rows[0]["kind"] == "baseline" else "network",
    }


def cost_of(trials: Sequence[Trial]) -> Json:
    """Sum what was spent, and how trials ended."""
    return {
        "trials": len(trials),
        "epochs": sum(t.epochs for t in trials),
        "seconds": round(sum(t.seconds for t in trials), 3),
        "states": dict(Counter(t.state for t in trials)),
        "cohorts": len({t.cohort for t in trials}),
    }


def _place(row: Json, sign: int) -> tuple[bool, float, str]:
    metric = row["metric"]
    return (metric is None, sign * (metric or 0.0), row["name"])
