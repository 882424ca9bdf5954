"""Flip: another model answers: wished for in the record, gated, turned, written down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from danlu.errors import DanluError
from danlu.serve.bundle import Bundle
from danlu.serve.gate import failed, run_gate
from danlu.serve.policy import Policy
from danlu.store.records import Deployment, Json, Model
from danlu.store.transaction import Transaction
from danlu.workspace.bundles import find_model, materialise
from danlu.workspace.place import Place


def wish(
    place: Place, tx: Transaction, deployment: Deployment, *, ref: str, action: str
) -> Deployment:
    """Write which model should answer, and who said so."""
    news: dict[str, Any] = {"wanted": ref, "refused": {}, "revision": deployment.revision + 1}
    if deployment.challenger == ref:
        news |= {"challenger": None, "challenger_share": 0.0}
    detail = {"model": ref, "instead_of": deployment.live}
    place.note(tx, action, f"deployment/{deployment.name}", detail)
    place.tell(tx, f"deployment/{deployment.name}", "wanted", detail)
    return tx.replace(deployment.model_copy(update=news))


def withdrawn(place: Place, tx: Transaction, deployment: Deployment) -> Deployment:
    """Write that the challenger is out, and who said so."""
    detail = {"model": deployment.challenger, "champion": deployment.live}
    place.note(tx, "withdraw", f"deployment/{deployment.name}", detail)
    place.tell(tx, f"deployment/{deployment.name}", "withdraw", detail)
    news: dict[str, Any] = {
        "challenger": None, "challenger_share": 0.0, "revision": deployment.revision + 1,
    }  # fmt: skip
    return tx.replace(deployment.model_copy(update=news))


def settle(place: Place, name: str) -> Deployment:
    """Gate the wanted model in a fresh process and let it answer, or write why not."""
    with place.store.begin(place.who, write=False) as tx:
        asked = tx.get(Deployment, name)
        if asked.wanted is None or asked.wanted == asked.live:
            return asked
        model = find_model(tx, asked.wanted)
        live = find_model(tx, asked.live) if asked.live else None
    report = judge(place, model, live)
    report = with_policy(report, asked, materialise(model, place.blobs, place.home))
    with place.store.begin(place.who) as tx:
        now = tx.get(Deployment, name)
        if now.wanted != asked.wanted:
            return now  # somebody wished otherwise meanwhile
        tx.replace(find_model(tx, model.ref).model_copy(update={"gate": report}))
        after = turned(now) if report["passed"] else refused(now, report)
        detail = {"model": asked.wanted, "gate": report}
        action = "live" if report["passed"] else "refuse"
        place.note(tx, action, f"deployment/{name}", detail)
        place.tell(tx, f"deployment/{name}", action, detail)
        return tx.replace(after)


def judge(place: Place, model: Model, live: Model | None) -> Json:
    """Run the gate on a model, beside the one that answers now."""
    folder = materialise(model, place.blobs, place.home)
    beside = materialise(live, place.blobs, place.home) if live else None
    return run_gate(folder, beside=beside)


def with_policy(report: Json, deployment: Deployment, folder: Path) -> Json:
    """Add to a report whether the deployment's policy can follow this kind of answer."""
    if not report["passed"] or not deployment.policy:
        return report
    try:
        Policy.model_validate(deployment.policy).check(Bundle.open(folder).decoder)
    except DanluError as error:
        checks = [*report["checks"], failed("policy", error)]
        return {**report, "passed": False, "checks": checks}
    return report


def turned(deployment: Deployment) -> Deployment:
    """Return the record once the wanted model answers."""
    news: dict[str, Any] = {"live": deployment.wanted, "previous": deployment.live, "refused": {}}
    return deployment.model_copy(update=news)


def refused(deployment: Deployment, report: Json) -> Deployment:
    """Return the record when the gate said no: what answered goes on answering."""
    why = next((c for c in report["checks"] if not c["passed"]), {"name": "gate", "detail": ""})
    problem = {
        "type": "urn:danlu:gate", "code": "gate_refused", "status": 422,
        "title": f"the gate refused {deployment.wanted}: {why['name']}: {why['detail']}",
        "where": f"deployment '{deployment.name}'", "fix": "Train or pack the model again.",
        "args": {"report": report, "model": deployment.wanted},
    }  # fmt: skip
    return deployment.model_copy(update={"refused": problem, "wanted": deployment.live})
