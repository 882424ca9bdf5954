"""Measuring: what the days of a loop's deployment say; worked out where torch lives, kept a while.

The file in the cache may be deleted at any time: it is only the last answer.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from danlu.data.durable import write_atomically
from danlu.errors import DanluError
from danlu.loop.lineage import data_of
from danlu.loop.triggers.base import Facts
from danlu.serve.log_days import first_model
from danlu.serve.log_reader import LogReader
from danlu.store.records import Deployment, Experiment, Json, Loop, Model, Version
from danlu.workspace.bundles import find_model, materialise
from danlu.workspace.home import LOG
from danlu.workspace.place import Place

MEASURE = "danlu.loop.measure:run"
DAYS = 30
REST = 10.0
"""An answer is kept for so many times as long as it took: measuring never fills the machine."""
LEAST_REST_S = 2.0
COUNTED = ("predictions", "joined", "corrected")
NOTHING: Json = {
    "metric": "", "maximise": True, "days": [], "columns": [], "delays": {}, "ripe_before": None,
    "promise": None, "week": None, "champion": None, "first": None, "data": None, "version": None,
    "at": None,
}  # fmt: skip


@dataclass(frozen=True)
class Champion:
    """The model that answers, and what it was made from."""

    model: Model
    experiment: Experiment
    version: Version


class Measuring:
    """Measures one loop's days."""

    def __init__(self, place: Place, loop: Loop) -> None:
        self._place, self._loop = place, loop
        self._reader = LogReader(place.home / LOG, project=loop.project)

    def days(self, newest: int = DAYS, *, rest_s: float = LEAST_REST_S) -> Json:
        """Return what `danlu.loop.measure` found, and against what; at most ``rest_s`` old."""
        with self._kept() as kept:
            try:
                return self._known_or_new(kept, newest, rest_s)
            except DanluError:
                kept["failed_at"] = self._place.now()
                raise

    def failed_since(self, at: float) -> bool:
        """Tell whether the last attempt failed, and not before this moment (Unix seconds)."""
        with self._kept() as kept:
            return bool(kept.get("failed_at", 0.0) > at)

    def _known_or_new(self, kept: Json, newest: int, rest_s: float) -> Json:
        champion = self.champion()
        if champion is None:
            return NOTHING
        ref, now = champion.model.ref, self._place.now()
        key = [ref, newest, *self._counts()]
        known: Json = kept.get("measured", NOTHING)
        age, rest = now - kept.get("at", 0.0), max(rest_s, REST * kept.get("took_s", 0.0))
        is_same = kept.get("key", [])[:2] == key[:2]
        if is_same and age < rest * (REST if kept["key"] == key else 1):
            return known
        promise = known["promise"] if kept.get("key", [""])[0] == ref else None
        found = self._measure(champion, newest, promise)
        took_s = self._place.now() - now
        kept |= {"key": key, "at": now, "took_s": took_s, "measured": found, "failed_at": 0.0}
        return found

    def source(self, champion: Champion, newest: int) -> Json:
        """Return the arguments that say which log is read, and how."""
        return {
            "log": str(self._place.home / LOG), "project": self._loop.project,
            "deployment": self._loop.name, "schema_": champion.version.schema_,
            "target": champion.experiment.spec["target"],
            "task": champion.experiment.plan["task_state"], "newest": newest,
            "now": self._place.now(),
        }  # fmt: skip

    def champion(self) -> Champion | None:
        """Return the model that answers now."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            deployment = tx.find(Deployment, self._loop.name)
            if deployment is None or deployment.live is None:
                return None
            model = find_model(tx, deployment.live)
            experiment = tx.get(Experiment, model.experiment)
            return Champion(model, experiment, data_of(tx, experiment))

    def _measure(self, champion: Champion, newest: int, promise: Json | None) -> Json:
        """Measure now."""
        first = first_model(self._reader, self._loop.name)
        with self._place.store.begin(self._place.who, write=False) as tx:
            frozen = find_model(tx, first) if first else None
        args: Json = {
            "source": self.source(champion, newest), "profile": champion.version.profile,
            "champion": champion.model.ref, "first": first,
            "first_bundle": self._bundle(frozen) if frozen else None,
            "promise": None if promise else self._own_test(champion),
            "outline": promise and promise.get("outline"),
        }  # fmt: skip
        found = self._place.ask(MEASURE, args)
        return {
            **found, "promise": promise or found["promise"], "champion": champion.model.ref,
            "first": first, "data": champion.version.name, "version": champion.version.version,
            "at": self._place.now(),
        }  # fmt: skip

    def _own_test(self, champion: Champion) -> Json:
        """Return the arguments that name the test rows the champion's promise rests on."""
        bundle, version = self._bundle(champion.model), champion.version
        return {
            "parts": [str(self._place.blobs.path(p.sha256)) for p in version.parts],
            "schema_": version.schema_, "split": champion.experiment.plan["split"],
            "task": champion.experiment.plan["task_state"], "first_row": 0,
            "target": champion.experiment.spec["target"], "champion": bundle, "challenger": bundle,
        }  # fmt: skip

    def _bundle(self, model: Model) -> str:
        return str(materialise(model, self._place.blobs, self._place.home))

    def _counts(self) -> list[int]:
        counted = self._reader.days(self._loop.name)
        return [sum(int(day[name]) for day in counted) for name in COUNTED]

    @contextmanager
    def _kept(self) -> Iterator[Json]:
        """Hold the kept answer: whoever asks meanwhile waits, and finds it fresh."""
        folder = self._place.home / "cache" / "loops" / self._loop.project
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self._loop.name}.json"
        with path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                kept: Json = json.loads(path.read_bytes())
            except (OSError, ValueError):
                kept = {}
            before = (kept.get("at"), kept.get("failed_at"))
            try:
                yield kept
            finally:
                if (kept.get("at"), kept.get("failed_at")) != before:
                    write_atomically(path, json.dumps(kept).encode())


def facts_of(measured: Json) -> Facts:
    """Return what the triggers want to know of measured days."""
    days = measured["days"]
    newest: Json = days[-1] if days else {"day": "", "sampled": 0, "psi": {}, "by_chance": {}}
    moved = {c: psi for c, psi in newest["psi"].items() if psi > newest["by_chance"][c]}
    column = max(moved, key=lambda c: moved[c], default="")
    week = measured["week"] or {"to": "", "champion": None}
    return Facts(
        day=newest["day"], rows=newest["sampled"], drifted=column, drift=moved.get(column, 0.0),
        ripe_day=week["to"], lost=_lost(measured, week["champion"]),
    )  # fmt: skip


def _lost(measured: Json, found: Json | None) -> float:
    """Return which share of the promise is lost, at the kind end of the interval."""
    promise = measured["promise"]
    if not promise or not promise["value"] or not found:
        return 0.0
    value = promise["value"]
    worse = value - found["high"] if measured["maximise"] else found["low"] - value
    return max(float(worse) / abs(float(value)), 0.0)
