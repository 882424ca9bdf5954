"""Folded (a job): train a cohort once per fold; its figures are the means, its weights the first's.

Each fold keeps a checkpoint of its own, so a run that is killed goes on in the fold it was in.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from danlu.experiment.folds import folder_of
from danlu.train import job

Json = dict[str, Any]
ALIVE = {"event": "alive"}


def run(args: Json, report: Callable[[Json], None]) -> Json:
    """Train on ``encoded`` and on its further folds; only the first tells of its epochs.

    ``args`` are those of `danlu.train.job` and ``folds``, ``metric``.
    """
    given = dict(args)
    folds, metric = int(given.pop("folds")), str(given.pop("metric"))
    results = [
        job.run(_of(given, fold), report if fold == 0 else lambda _event: report(ALIVE))
        for fold in range(folds)
    ]
    first = results[0]
    trials = [
        merged([result["trials"][place] for result in results], metric)
        for place in range(len(first["trials"]))
    ]
    return {**first, "trials": trials, "seconds": sum(r["seconds"] for r in results)}


def merged(ends: Sequence[Json], metric: str) -> Json:
    """Return how a trial ended, judged by the mean of all folds; one that fails fails it.

    >>> ends = [{"metric": m, "metrics": {"auc": m}, "seconds": 1.0} for m in (0.7, 0.8)]
    >>> merged(ends, "auc")["metrics"]
    {'auc': 0.75, 'auc_sd': 0.07071067811865482}
    """
    bad = next((end for end in ends if end["metric"] is None), None)
    if bad is not None:
        return {**ends[0], **{k: bad.get(k) for k in ("state", "reason", "metric") if k in bad}}
    names = [n for n in ends[0]["metrics"] if all(e["metrics"].get(n) is not None for e in ends)]
    metrics = {name: statistics.fmean(e["metrics"][name] for e in ends) for name in names}
    values = [end["metric"] for end in ends]
    metrics[f"{metric}_sd"] = statistics.stdev(values)
    seconds = sum(end["seconds"] for end in ends)
    return {
        **ends[0], "metric": statistics.fmean(values), "metrics": metrics, "seconds": seconds,
    }  # fmt: skip


def _of(args: Json, fold: int) -> Json:
    checkpoint = Path(args["checkpoint"])
    only_first: Json = {"watch": None, "before": {}} if fold else {}  # curves are the first's
    return {
        **args, **only_first,
        "encoded": str(folder_of(Path(args["encoded"]), fold)),
        "checkpoint": str(checkpoint / f"fold_{fold}" if fold else checkpoint),
    }  # fmt: skip
