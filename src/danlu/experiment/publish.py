"""Publish: the gate, then in one transaction: model registered, deployment asked, search over."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from danlu.errors import BundleError
from danlu.experiment.notebook import Notebook
from danlu.experiment.plan import Spec, Warm
from danlu.experiment.ports import Ports
from danlu.experiment.report import cost_of, leaderboard, verdict
from danlu.registry.models import keep, register
from danlu.serve.gate import run_gate
from danlu.store.records import Audit, Deployment, Event, Model, Trial
from danlu.store.transaction import Transaction

Json = dict[str, Any]
LARGEST_ANSWERS_BYTES = 2_000_000
"""Of one trial's answers that are kept: 30 trials must not weigh more than their data."""


@dataclass(frozen=True)
class Winner:
    """What finishing left: a packed bundle, what was found out, and the best network's trial."""

    bundle: Path
    found: Json
    best: Trial
    weights: Path
    importance: dict[str, float] = field(default_factory=dict)


def publish(ports: Ports, book: Notebook, winner: Winner, seconds: dict[str, float]) -> None:
    """Put the winner through the gate, register it and end the experiment."""
    began = time.perf_counter()
    report = run_gate(winner.bundle)
    if not report["passed"]:
        refused = [c for c in report["checks"] if not c["passed"]]
        raise BundleError(
            f"the gate refuses the winner: {refused[0]['name']}: {refused[0]['detail']}",
            code="gate_refused", where=f"experiment '{book.experiment.name}'",
            do="Nothing went live; the trials are kept.", checks=report["checks"],
        )  # fmt: skip
    spec, experiment = Spec.of(book.experiment.spec), book.experiment
    files, weights = keep(ports.blobs, winner.bundle), ports.blobs.put_file(winner.weights)
    kept = {trial.number: _kept(ports, trial) for trial in book.trials.values()}
    draft = Model(
        project=experiment.project, name=spec.model or spec.deploy or experiment.name, version=0,
        experiment=experiment.name, trials=tuple(winner.found["members"]), files=files,
        manifest=winner.found["manifest"], metrics=winner.found["test"], gate=report,
        created_at=ports.now(),
    )  # fmt: skip
    seconds = {**seconds, "publish": round(time.perf_counter() - began, 3)}
    with ports.store.begin(ports.who) as tx:
        model = register(tx, draft)
        warm = Warm(model=model.ref, values=winner.best.values, weights=weights)
        result = {
            **result_of(book, winner, seconds), "model": model.ref, "gate": report,
            "warm": warm.model_dump(mode="json"),
        }  # fmt: skip
        ended = experiment.model_copy(
            update={"state": "finished", "result": result, "finished_at": ports.now()}
        )
        tx.replace(ended)
        for trial in book.trials.values():  # what is worth keeping is in the blobs now
            tx.replace(trial.model_copy(update={"files": kept[trial.number]}))
        if spec.deploy:
            _ask_for(tx, model, spec.deploy)
        for topic in (f"experiment/{experiment.name}", f"model/{model.name}"):
            tx.append(
                Event(
                    project=model.project, topic=topic, kind="finished", at=ports.now(),
                    body={"model": model.ref},
                )
            )  # fmt: skip
        tx.append(
            Audit(
                project=model.project, actor=ports.who.name, action="register", subject=model.ref,
                detail={"experiment": experiment.name, "test": model.metrics}, at=ports.now(),
            )
        )  # fmt: skip
    book.experiment = ended


def _kept(ports: Ports, trial: Trial) -> dict[str, str]:
    """Keep what a trial answered on validation, so that its mistakes can be looked at later."""
    path = ports.home / trial.files["answers"] if trial.files.get("answers") else None
    if path is None or not path.exists() or path.stat().st_size > LARGEST_ANSWERS_BYTES:
        return {}
    return {"kept": ports.blobs.put_file(path)}


def result_of(book: Notebook, winner: Winner, seconds: dict[str, float]) -> Json:
    """Say what came out: the members, the figures, the leaderboard, the cost."""
    plan, trials, found = book.experiment.plan, list(book.trials.values()), winner.found
    return {
        "best": {
            "trials": found["members"], "baselines": found["baselines"],
            "metric": found["valid"][plan["metric"]],
        },
        **({"latency": found["latency"]} if found.get("latency") else {}),
        "verdict": verdict(trials, plan, found), "importance": winner.importance,
        "warnings": plan.get("leaks", {}).get("warnings", []),
        "random_split": plan.get("leaks", {}).get("random_split"),
        "metric": plan["metric"], "maximise": plan["maximise"],
        "valid": found["valid"], "test": found["test"],
        "leaderboard": leaderboard(trials, plan), "baselines": plan.get("baselines", []),
        "timings": seconds, "cost": cost_of(trials), "network": found["network"],
    }  # fmt: skip


def _ask_for(tx: Transaction, model: Model, name: str) -> None:
    """Say which model should answer; the front makes it so."""
    known = tx.find(Deployment, name)
    if known is None:
        tx.insert(
            Deployment(
                project=model.project, name=name, wanted=model.ref, created_at=model.created_at
            )
        )
    else:
        revision = known.revision + 1
        tx.replace(known.model_copy(
            update={"wanted": model.ref, "refused": {}, "revision": revision}
        ))  # fmt: skip
    tx.append(
        Event(
            project=model.project, topic=f"deployment/{name}", kind="wanted",
            body={"model": model.ref}, at=model.created_at,
        )
    )  # fmt: skip
