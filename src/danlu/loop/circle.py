"""Circle: the whole loop as counts and last times, station by station; from summaries only."""

from __future__ import annotations

from collections.abc import Sequence

from danlu.loop.triggers.base import Trigger, coming
from danlu.serve.log_reader import LogReader
from danlu.store.records import Dataset, Deployment, Experiment, Json, Loop, Model, Version
from danlu.store.transaction import Transaction

RUNS_SHOWN = 3


def circle(
    tx: Transaction, loop: Loop, reader: LogReader, *, triggers: Sequence[Trigger], now: float
) -> Json:
    """Return ``{"loop", "deployment", "circle", "metric", "coming"}`` for the page."""
    deployment = tx.find(Deployment, loop.name)
    model = _model(tx, deployment.live if deployment else None)
    newest = str(loop.cycles[-1].get("experiment") or "") if loop.cycles else ""
    experiment = tx.find(Experiment, newest or loop.experiment)
    counts = reader.counts(loop.name)
    return {
        "loop": loop.model_dump(mode="json"),
        "deployment": deployment.model_dump(mode="json") if deployment else None,
        "circle": {
            **_learning(tx, loop, experiment, model), **_answering(deployment, counts),
            "joined": {
                "name": loop.data, "count": counts["joined"], "at": loop.joined_to or None,
                "state": f"{_cycled(loop)} rows learnt from",
            },
        },
        "metric": str(experiment.plan.get("metric", "")) if experiment else "",
        "coming": sorted(at for t in triggers for at in coming(t, loop, now))[:RUNS_SHOWN],
    }  # fmt: skip


def _learning(
    tx: Transaction, loop: Loop, experiment: Experiment | None, model: Model | None
) -> Json:
    """Describe the stations from data to model."""
    dataset = tx.find(Dataset, loop.data)
    version = tx.find(Version, loop.data, dataset.version) if dataset else None
    network = (experiment.plan.get("network") or {}) if experiment else {}
    trials = int((experiment.spec if experiment else {}).get("trials") or 0)
    versions = tx.count(Model, name=model.name) if model else 0
    return {
        "data": {
            "name": f"{loop.data} version {version.version}" if version else loop.data,
            "count": version.rows if version else None,
            "at": version.created_at if version else None,
        },
        "network": {
            "name": network.get("name"), "count": len(network.get("nodes", {})) or None, "at": None,
        },
        "experiment": {
            "name": experiment.name if experiment else loop.experiment, "count": trials or None,
            "at": experiment.finished_at if experiment else None,
            "state": experiment.state if experiment else None,
        },
        "model": {
            "name": model.ref if model else None, "count": versions or None,
            "at": model.created_at if model else None,
        },
    }  # fmt: skip


def _answering(deployment: Deployment | None, counts: Json) -> Json:
    """Describe the stations from deployment to feedback."""
    state = None
    if deployment is not None:
        settled = deployment.wanted == deployment.live
        state = "refused" if deployment.refused else "live" if settled else "changing"
    asked, answered = counts["last_prediction_at"], counts["last_feedback_at"]
    return {
        "deployment": {
            "name": deployment.name if deployment else None,
            "count": deployment.revision if deployment else None,
            "at": deployment.created_at if deployment else None, "state": state,
        },
        "predictions": {"count": counts["predictions"], "at": asked},
        "decisions": {
            "count": counts["decisions"], "at": asked, "state": f"{counts['explored']} by chance",
        },
        "feedback": {"count": counts["feedback"], "at": answered},
    }  # fmt: skip


def _model(tx: Transaction, ref: str | None) -> Model | None:
    name, _, version = (ref or "").partition("@")
    return tx.find(Model, tx.who.project, name, int(version)) if version else None


def _cycled(loop: Loop) -> int:
    return sum(int(cycle.get("rows") or 0) for cycle in loop.cycles)
