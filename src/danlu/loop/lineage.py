"""Lineage: from one prediction back to the rows its model learnt from, and forward from a part."""

from __future__ import annotations

from danlu.errors import NotFoundError
from danlu.serve.log_reader import LogReader
from danlu.store.records import Deployment, Experiment, Json, Model, Trial, Version
from danlu.store.transaction import Transaction


def of_prediction(tx: Transaction, reader: LogReader, deployment: str, prediction: str) -> Json:
    """Follow one prediction back: feedback, model, trials, experiment, network, data version."""
    logged = reader.get(deployment, prediction)
    if logged is None:
        raise NotFoundError(
            f"no prediction '{prediction}'", code="prediction_missing",
            where=f"deployment '{deployment}'", do="Ids are those that predict answered with.",
            name=prediction,
        )  # fmt: skip
    history = reader.history(deployment, prediction)
    return {
        "prediction": logged.json(),
        "feedback": [{"at": entry.at, "truth": entry.truth} for entry in history],
        **of_model(tx, logged.model),
    }


def of_model(tx: Transaction, ref: str) -> Json:
    """Follow a model back: ``{"model", "trials", "experiment", "network", "data"}``."""
    name, _, version = ref.partition("@")
    model = tx.find(Model, tx.who.project, name, int(version or 0))
    experiment = tx.find(Experiment, model.experiment) if model else None
    trials = (
        [tx.find(Trial, tx.who.project, model.experiment, n) for n in model.trials] if model else []
    )
    is_prepared = experiment is not None and experiment.plan.get("version")
    data = data_of(tx, experiment) if experiment is not None and is_prepared else None
    network = None
    if experiment is not None:
        network = experiment.result.get("network") or experiment.plan.get("network")
    return {
        "model": _json(model), "experiment": _json(experiment), "network": network,
        "trials": [_json(trial) for trial in trials if trial is not None], "data": _json(data),
    }  # fmt: skip


def data_of(tx: Transaction, experiment: Experiment) -> Version:
    """Return the dataset version that an experiment learnt from."""
    return tx.get(Version, experiment.spec["data"], int(experiment.plan.get("version") or 0))


def touched_by(
    tx: Transaction, reader: LogReader, data: str, *, part: str | None, version: int | None
) -> list[Json]:
    """Follow data forward: every model that learnt from it, and what it answered.

    The data is a part (in whatever versions it is), a version, or (neither) the whole dataset. Each
    entry: ``{"model", "experiment", "version", "metrics", "at", "predictions": {deployment:
    count}}``, oldest first.
    """
    numbers = {
        v.version for v in tx.all(Version, name=data)
        if (part is None or part in {p.name for p in v.parts})
        and (version is None or v.version == version)
    }  # fmt: skip
    if not numbers:
        what = f"part '{part}'" if part is not None else f"version {version}"
        raise NotFoundError(f"no {what}", where=f"dataset '{data}'", name=part or str(version))
    learnt = {
        e.name: int(e.plan["version"]) for e in tx.all(Experiment)
        if e.spec.get("data") == data and e.plan.get("version") in numbers
    }  # fmt: skip
    counts = {d.name: reader.counts(d.name)["models"] for d in tx.all(Deployment)}
    return [
        {
            "model": model.ref, "experiment": model.experiment, "version": learnt[model.experiment],
            "metrics": model.metrics, "at": model.created_at,
            "predictions": {
                name: models[model.ref]["predictions"]
                for name, models in counts.items() if model.ref in models
            },
        }
        for model in tx.all(Model) if model.experiment in learnt
    ]  # fmt: skip


def _json(record: Model | Experiment | Trial | Version | None) -> Json | None:
    return None if record is None else record.model_dump(mode="json")
