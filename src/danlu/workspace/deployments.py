"""Deployments: names behind which models answer; predictions and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from danlu.errors import ConflictError, InvalidError
from danlu.loop import lineage
from danlu.serve.bundle import Bundle
from danlu.serve.log_reader import LogReader
from danlu.serve.policy import Policy
from danlu.serve.rivals import rivals
from danlu.serve.traffic import traffic
from danlu.store.records import Deployment, Json
from danlu.workspace.bundles import find_model, materialise
from danlu.workspace.flip import judge, settle, wish, withdrawn
from danlu.workspace.home import LOG
from danlu.workspace.place import Place, check_name, poll

LIVE_WITHIN_S = 180.0
OPTIONS = ("challenger_share", "policy", "durability")


class Answering(Protocol):
    """What answers in place (`danlu.workspace.answering`); a server's front does it otherwise."""

    def predict(self, deployment: Deployment, folder: Path, rows: list[Json]) -> Json:
        """Answer rows with the bundle in ``folder``."""

    def feedback(self, deployment: Deployment, rows: list[Json]) -> Json:
        """Take what really happened."""

    def close(self) -> None:
        """Let go of log and models."""


class Deployments:
    """The deployments of a project."""

    def __init__(self, place: Place, answering: Answering | None) -> None:
        self._place, self._answering = place, answering
        self._reader = LogReader(place.home / LOG, project=place.who.project)

    def create(self, name: str, model: str, *, wait: bool = True, **options: Any) -> Deployment:
        """Let a model answer behind a name, once the gate has passed it.

        Options: ``challenger_share`` makes it the challenger of the model that is live (0 = its
        answers go to the log only), ``policy`` and ``durability`` as in the record. ``live`` or
        ``refused`` of the answer tells what became of it.
        """
        unknown = sorted(set(options) - set(OPTIONS))
        if unknown:
            raise InvalidError(f"a deployment has no '{unknown[0]}'", code="option_unknown")
        given = {k: v for k, v in options.items() if v is not None}
        with self._place.store.begin(self._place.who) as tx:
            ref = find_model(tx, model).ref
            before = tx.find(Deployment, name)
            wanted = _asked(before or self._new(name), ref, given)
            after = tx.replace(wanted) if before else tx.insert(wanted)
            detail = {"model": ref, **given}
            self._place.note(tx, "deploy", f"deployment/{name}", detail)
            self._place.tell(tx, f"deployment/{name}", "wanted", detail)
        return self._reach(after, wait=wait)

    def show(self, name: str) -> Deployment:
        """Return what answers, what should, and why not."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return tx.get(Deployment, name)

    def challenge(
        self, name: str, model: str, *, share: float = 0.0, wait: bool = True
    ) -> Deployment:
        """Let a model answer beside the champion: in the shadow (0), or that share of requests."""
        return self.create(name, model, challenger_share=share, wait=wait)

    def withdraw(self, name: str) -> Deployment:
        """Take the challenger away; the champion answers alone again."""
        with self._place.store.begin(self._place.who) as tx:
            found = tx.get(Deployment, name)
            if found.challenger is None:
                raise ConflictError(
                    "there is no challenger", code="no_challenger", where=f"deployment '{name}'",
                    do="Name one with challenge.",
                )  # fmt: skip
            return withdrawn(self._place, tx, found)

    def rivals(self, name: str) -> Json:
        """Compare what champion and challenger answered lately, and how often each was right."""
        found = self.show(name)
        if found.live is None or found.challenger is None:
            return {"champion": None, "challenger": None, "same": None}
        return rivals(
            self._reader, name, champion=found.live, challenger=found.challenger,
            shadow=found.challenger_share == 0,
        )  # fmt: skip

    def traffic(self, name: str, *, hours: float = 24.0, points: int = 60) -> Json:
        """Say how much was asked, how fast it was answered, and what was odd, over time."""
        self.show(name)
        return traffic(
            self._reader, name, now=self._place.now(), seconds=hours * 3600, points=points
        )

    def promote(self, name: str, *, wait: bool = True) -> Deployment:
        """Let the challenger take over."""
        found = self.show(name)
        return self._turn(name, found.challenger, "promote", "no challenger", wait=wait)

    def rollback(self, name: str, *, wait: bool = True) -> Deployment:
        """Let the model before answer again."""
        found = self.show(name)
        return self._turn(name, found.previous, "rollback", "no model before", wait=wait)

    def predict(self, name: str, rows: Sequence[Json]) -> Json:
        """Answer rows (JSON objects) with the live model: ``{"model", "predictions"}``."""
        answering = self._in_place("predict")
        with self._place.store.begin(self._place.who, write=False) as tx:
            deployment = tx.get(Deployment, name)
            model = find_model(tx, deployment.live or "")
        folder = materialise(model, self._place.blobs, self._place.home)
        return answering.predict(deployment, folder, list(rows))

    def feedback(self, name: str, rows: Sequence[Json]) -> Json:
        """Take ``{"id", "truth"}`` rows: what really happened; late, twice or corrected is fine."""
        return self._in_place("take feedback").feedback(self.show(name), list(rows))

    def predictions(self, name: str, *, limit: int = 50, before: str | None = None) -> list[Json]:
        """List the newest predictions with their feedback; ``before`` is an id to go on from."""
        self.show(name)
        return [p.json() for p in self._reader.recent(name, limit, before=before)]

    def health(self, name: str) -> Json:
        """Say whether the live model answers its golden rows now; if not: why."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            found = tx.get(Deployment, name)
            model = find_model(tx, found.live) if found.live else None
        about = {"project": found.project, "name": name, "model": found.live}
        if model is None:
            return {**about, "ready": False}
        report = judge(self._place, model, None)
        return {**about, "ready": report["passed"], "checks": report["checks"]}

    def counts(self, name: str) -> Json:
        """Count predictions, decisions, feedback and joined rows, and say how late feedback is."""
        self.show(name)
        return self._reader.counts(name)

    def lineage(self, name: str, prediction: str) -> Json:
        """Follow one prediction back: model, trials, experiment, network, data."""
        self.show(name)
        with self._place.store.begin(self._place.who, write=False) as tx:
            return lineage.of_prediction(tx, self._reader, name, prediction)

    def schema(self, name: str) -> Json:
        """Describe the input row of the live model, for a form."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            deployment = tx.get(Deployment, name)
            model = find_model(tx, deployment.live or deployment.wanted or "")
        bundle = Bundle.open(materialise(model, self._place.blobs, self._place.home))
        fullest = max(bundle.golden, key=lambda g: sum(v is not None for v in g.row.values()))
        return {
            "target": bundle.decoder.target, "task": model.manifest.get("task"),
            "classes": list(bundle.decoder.labels), "columns": bundle.encoder.form(),
            "example": fullest.row,
        }  # fmt: skip

    def list(self) -> list[Deployment]:
        """List the deployments, newest first."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return tx.all(Deployment, newest=True)

    def _new(self, name: str) -> Deployment:
        return Deployment(
            project=self._place.who.project, name=check_name(name, "a deployment"),
            created_at=self._place.now(),
        )  # fmt: skip

    def _turn(
        self, name: str, ref: str | None, action: str, lack: str, *, wait: bool
    ) -> Deployment:
        if ref is None:
            raise ConflictError(f"there is {lack}", code=action, where=f"deployment '{name}'")
        with self._place.store.begin(self._place.who) as tx:
            after = wish(self._place, tx, tx.get(Deployment, name), ref=ref, action=action)
        return self._reach(after, wait=wait)

    def _reach(self, asked: Deployment, *, wait: bool) -> Deployment:
        """Flip here, or wait until the server has flipped or refused."""
        if not self._place.served:
            return settle(self._place, asked.name)
        if wait:
            poll(lambda: _over(self.show(asked.name)), timeout_s=LIVE_WITHIN_S)
        return self.show(asked.name)

    def _in_place(self, what: str) -> Answering:
        """Answer only where this process owns the log; a server's front does it otherwise."""
        if self._place.served or self._answering is None:
            raise ConflictError(
                f"this process may not {what}", do="Ask the server, or use danlu.open(folder)."
            )
        self._place.hands.lock.take()
        return self._answering


def _over(deployment: Deployment) -> bool:
    return bool(deployment.refused) or deployment.live == deployment.wanted


def _asked(before: Deployment, ref: str, given: dict[str, Any]) -> Deployment:
    """Return the record with what was asked written in."""
    news: dict[str, Any] = {"refused": {}, "revision": before.revision + 1}
    share = given.pop("challenger_share", None)
    if share is None:
        news["wanted"] = ref
    elif before.live is None:
        raise ConflictError(
            "there is no champion to challenge", code="no_champion",
            where=f"deployment '{before.name}'", do="Deploy this model without a share first.",
        )  # fmt: skip
    elif before.live == ref:
        raise ConflictError(
            f"{ref} answers already, so it cannot challenge", code="own_challenger",
            where=f"deployment '{before.name}'", do="Name another model.",
        )  # fmt: skip
    else:
        news |= {"challenger": ref, "challenger_share": float(share)}
    try:
        if "policy" in given:
            news["policy"] = Policy.model_validate(given["policy"]).model_dump(mode="json")
        return Deployment.model_validate(
            before.model_dump() | news | {k: v for k, v in given.items() if k != "policy"}
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InvalidError(
            f"{first['loc'][0]} cannot be {first['input']!r}", code="value_invalid",
            where=f"deployment '{before.name}'", do=f"{first['msg']}.",
        ) from error  # fmt: skip
