"""Retrain: joined rows -> data version -> experiment from yesterday's winner -> promotion gate.

Every step is written down with the job before the next begins, so a run that dies goes on.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from danlu.data.dataset import Schema
from danlu.errors import ConflictError, TrainingError, error_of
from danlu.execute.base import Call
from danlu.experiment.plan import Spec
from danlu.experiment.ports import Ports
from danlu.experiment.run import conduct
from danlu.loop.feedback import gather
from danlu.serve.log_reader import LogReader
from danlu.store.records import (
    Audit,
    Dataset,
    Deployment,
    Event,
    Experiment,
    Json,
    Loop,
    Model,
    Version,
)
from danlu.store.transaction import Transaction

COMPARE = "danlu.loop.compare:run"
SHARE_OF_TRIALS = 6
"""A retrain starts from the winner, so a sixth of the trials is enough: a quarter of the time,
with what does not depend on their number. Few enough to be asked for at once."""
LEAST_TRIALS = 4
SHARE_TESTED = 0.5
"""Of the rows that are new to the champion: on these the two are compared."""
LEAST_HELD, MOST_HELD = 0.04, 0.15
"""Shares of all rows held back for choosing, and again for comparing."""


@dataclass(frozen=True)
class Order:
    """What one retrain works with."""

    ports: Ports
    log: LogReader
    add: Callable[[Path, str, str], None]
    """Adds a file to the loop's dataset: (file, part's name, chosen by)."""
    bundle: Callable[[Model], Path]
    """Lays out a model's bundle as a folder."""
    known: Json
    """Steps that an earlier attempt has done."""
    remember: Callable[[Json], None]
    """Writes down that a step is done."""
    cancelled: Callable[[], bool]


def retrain(order: Order, name: str, why: Json) -> Json:
    """Run the loop ``name`` once; returns its new cycle, or ``{"idle": reason}``.

    ``why``, in words and as ``cause`` with code and args, is kept with the cycle.
    """
    run = Run(order, name)
    idle = run.collect()
    if idle:
        run.end_idle(idle)
        return {"idle": idle}
    challenger = run.search()
    verdict = run.compare(challenger)
    return run.decide(challenger, verdict, why=why)


class Run:
    """One retrain under way."""

    def __init__(self, order: Order, name: str) -> None:
        self.order, self.ports = order, order.ports
        with self.ports.store.begin(self.ports.who, write=False) as tx:
            self.loop = tx.get(Loop, name)
            live = tx.get(Deployment, name).live
            if live is None:
                raise ConflictError(
                    "nothing is live, so there is nothing to improve", code="no_champion",
                    where=f"loop '{name}'", do=f"Deploy a model as '{name}' first.",
                )  # fmt: skip
            self.steps: Json = {"champion": live, "upto": self.ports.now()} | order.known
            self.champion = _model(tx, str(self.steps["champion"]))
            self.base = tx.get(Experiment, self.champion.experiment)
        self._step({})

    def collect(self) -> str:
        """Make the next dataset version of what was joined; return why there is nothing to do."""
        if "version" not in self.steps:
            gathered = self._gather()
            with self.ports.store.begin(self.ports.who) as tx:
                version = tx.get(Dataset, self.loop.data).version
                loop = tx.get(Loop, self.loop.name)
                tx.replace(loop.model_copy(update={"joined_to": self.steps["upto"]}))
            self._step({"version": version, **gathered})
        learnt = self.base.plan.get("version")
        if self.steps["version"] == learnt and not self.steps["rows"]:
            return f"no new rows since {self.champion.ref}"
        return ""

    def search(self) -> Model:
        """Search again on the new version, beginning with yesterday's winner and its weights."""
        if "experiment" not in self.steps:
            with self.ports.store.begin(self.ports.who) as tx:
                again = Experiment(
                    project=self.loop.project, name=_free_name(tx, self.loop), state="queued",
                    spec=self._spec().model_dump(mode="json"), created_at=self.ports.now(),
                )  # fmt: skip
                tx.insert(again)
                self._tell(tx, "searching", {"experiment": again.name})
            self._step({"experiment": again.name})
        ended = conduct(self.ports, self.steps["experiment"], cancelled=self.order.cancelled)
        if ended.state == "stopped":
            raise TrainingError("the retrain was stopped", code="cancelled", do="Run it again.")
        if ended.state != "finished":
            raise error_of(ended.result["problem"])
        with self.ports.store.begin(self.ports.who, write=False) as tx:
            return _model(tx, ended.result["model"])

    def compare(self, challenger: Model) -> Json:
        """Let both answer the same rows, which neither has trained on."""
        if "verdict" not in self.steps:
            with self.ports.store.begin(self.ports.who, write=False) as tx:
                version = tx.get(Version, self.loop.data, self.steps["version"])
                plan = tx.get(Experiment, challenger.experiment).plan
                seen = _rows_seen(tx, self.base, version)
            args = {
                "parts": [str(self.ports.blobs.path(p.sha256)) for p in version.parts],
                "schema_": version.schema_, "split": plan["split"], "task": plan["task_state"],
                "target": self.base.spec["target"], "first_row": seen,
                "champion": str(self.order.bundle(self.champion)),
                "challenger": str(self.order.bundle(challenger)),
            }  # fmt: skip
            call = Call(run=COMPARE, args=args, threads=self.ports.executor.threads)
            verdict = self.ports.executor.submit(call, lambda _event: None).wait()
            self._step({"verdict": verdict})
        verdict_of_job: Json = self.steps["verdict"]
        return verdict_of_job

    def decide(self, challenger: Model, verdict: Json, *, why: Json) -> Json:
        """Write down the cycle, and ask for the challenger if it passed."""
        cycle = {
            "at": self.ports.now(), **why, "data": self.steps["version"],
            "rows": self.steps["rows"], "explored": self.steps["explored"],
            "experiment": challenger.experiment, "champion": self.champion.ref,
            "challenger": challenger.ref, "verdict": verdict,
        }  # fmt: skip
        with self.ports.store.begin(self.ports.who) as tx:
            loop = tx.get(Loop, self.loop.name)
            if any(c.get("challenger") == challenger.ref for c in loop.cycles):
                return cycle  # an earlier attempt got this far
            if verdict["promoted"]:
                self._promote(tx, challenger)
            action = "promote" if verdict["promoted"] else "keep"
            self._audit(tx, action, cycle)
            self._tell(tx, "cycle", cycle)
            tx.replace(loop.model_copy(update={"cycles": (*loop.cycles, cycle)}))
        return cycle

    def end_idle(self, reason: str) -> None:
        """Say that there was nothing to learn from."""
        with self.ports.store.begin(self.ports.who) as tx:
            self._tell(tx, "idle", {"reason": reason})

    def _gather(self) -> Json:
        """Add the joined rows as parts, one for each model that had chosen them."""
        with self.ports.store.begin(self.ports.who, write=False) as tx:
            dataset = tx.get(Dataset, self.loop.data)
            version = tx.get(Version, self.loop.data, dataset.version)
        schema = Schema.model_validate(version.schema_)
        name = self.loop.name
        number = 1 + sum(part.name.startswith(f"loop:{name}:") for part in version.parts)
        folder = self.ports.home / "tmp" / f"loop-{self.loop.project}-{name}-{number}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            found = gather(
                self.order.log.joined(name, after=self.loop.joined_to, before=self.steps["upto"]),
                folder, columns=schema.names, target=str(self.base.spec["target"]),
            )  # fmt: skip
            for place, (model, file) in enumerate(found.files):
                self.order.add(file, f"loop:{name}:{number + place}", f"{name}/{model}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return {"rows": found.rows, "explored": found.explored}

    def _spec(self) -> Spec:
        """Ask for what the loop's experiment asked, on the new data, from the champion on."""
        with self.ports.store.begin(self.ports.who, write=False) as tx:
            asked = tx.get(Experiment, self.loop.experiment)
        trials = max(LEAST_TRIALS, math.ceil(int(asked.spec["trials"]) / SHARE_OF_TRIALS))
        news = {
            "version": self.steps["version"], "deploy": None, "model": self.champion.name,
            "trials": min(trials, int(asked.spec["trials"])), "warm": self.base.result.get("warm"),
            "network": self.base.plan.get("network"), "space": self.base.plan.get("space"),
            "split": asked.spec.get("split") or self._split(),
        }  # fmt: skip
        return Spec.of({**asked.spec, **news})

    def _split(self) -> Json:
        """Hold back less than a first search does: the newest rows teach the most."""
        with self.ports.store.begin(self.ports.who, write=False) as tx:
            version = tx.get(Version, self.loop.data, self.steps["version"])
            fresh = version.rows - _rows_seen(tx, self.base, version)
        share = min(max(SHARE_TESTED * fresh / max(version.rows, 1), LEAST_HELD), MOST_HELD)
        return {**self.base.plan["split"], "valid": share, "test": share}

    def _promote(self, tx: Transaction, challenger: Model) -> None:
        deployment = tx.get(Deployment, self.loop.name)
        news: dict[str, Any] = {
            "wanted": challenger.ref, "refused": {}, "revision": deployment.revision + 1,
        }  # fmt: skip
        tx.replace(deployment.model_copy(update=news))
        topic = f"deployment/{deployment.name}"
        body = {"model": challenger.ref, "instead_of": self.champion.ref}
        tx.append(
            Event(
                project=self.loop.project,
                topic=topic,
                kind="wanted",
                body=body,
                at=self.ports.now(),
            )
        )

    def _step(self, done: Json) -> None:
        self.steps = {**self.steps, **done}
        self.order.remember(self.steps)

    def _tell(self, tx: Transaction, kind: str, body: Json) -> None:
        tx.append(
            Event(
                project=self.loop.project, topic=f"loop/{self.loop.name}", kind=kind, body=body,
                at=self.ports.now(),
            )
        )  # fmt: skip

    def _audit(self, tx: Transaction, action: str, detail: Json) -> None:
        tx.append(
            Audit(
                project=self.loop.project, actor=f"loop '{self.loop.name}'", action=action,
                subject=f"deployment/{self.loop.name}", detail=detail, at=self.ports.now(),
            )
        )  # fmt: skip


def _model(tx: Transaction, ref: str) -> Model:
    name, _, version = ref.partition("@")
    return tx.get(Model, tx.who.project, name, int(version))


def _free_name(tx: Transaction, loop: Loop) -> str:
    """Return ``<experiment>-<n>``, the first that is free."""
    number = len(loop.cycles) + 1
    while tx.find(Experiment, f"{loop.experiment}-{number}") is not None:
        number += 1
    return f"{loop.experiment}-{number}"


def _rows_seen(tx: Transaction, base: Experiment, version: Version) -> int:
    """Count the rows the champion may have learnt from: later parts are new to it."""
    key = (version.project, version.name, base.plan.get("version", 0))
    learnt = tx.find(Version, *key) if base.spec["data"] == version.name else None
    return learnt.rows if learnt else 0
