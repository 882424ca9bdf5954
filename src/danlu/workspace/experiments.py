"""Experiments: searches; started, watched, stopped and gone on with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from danlu.data.dataset import Schema
from danlu.errors import ConflictError
from danlu.experiment.looks import Insides, Seen, figures, insides, looks_at, seen_of
from danlu.experiment.page import page
from danlu.experiment.plan import Spec
from danlu.experiment.report import leaderboard
from danlu.experiment.thin import thin
from danlu.space import to_json
from danlu.store import leases
from danlu.store.records import Dataset, Experiment, Job, Json, Network, Trial, Version
from danlu.store.transaction import Transaction
from danlu.train.events import Watched
from danlu.workspace.discarding import discard, restore
from danlu.workspace.duties import end_search
from danlu.workspace.line import Line, new_job
from danlu.workspace.mistakes import examine_trial, picked
from danlu.workspace.place import Place, check_name

ENDED = ("finished", "failed", "stopped")
LEARNT_FROM = 2
"""Earlier searches whose best values a new one tries first."""
Report = Callable[[Json], None]


class Experiments:
    """The experiments of a project."""

    def __init__(self, place: Place, line: Line) -> None:
        self._place, self._line = place, line

    def run(
        self, name: str, *, wait: bool = True, report: Report | None = None, **asked: Any
    ) -> Experiment:
        """Search for the best network and recipe; test, pack and register the winner.

        ``asked`` are the fields of `danlu.experiment.plan.Spec`: ``data`` and ``target``, and if
        wanted ``task, network`` (a document or the name of a saved one)``, space, recipe, trials,
        epochs, seed, split, deploy`` and more. ``report`` is told how far it is.
        """
        check_name(name, "an experiment")
        with self._place.store.begin(self._place.who) as tx:
            spec = self._spec(tx, asked)
            experiment = tx.insert(
                Experiment(
                    project=self._place.who.project, name=name, state="queued",
                    spec=spec.model_dump(mode="json"), created_at=self._place.now(),
                )
            )  # fmt: skip
            job = self._queue(tx, name)
        return self._go(job, report) if wait else experiment

    def show(self, name: str) -> Experiment:
        """Return what was asked, where it stands and what came out."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return tx.get(Experiment, name)

    def leaderboard(self, name: str) -> list[Json]:
        """List trials and baselines, best first."""
        there = [trial for trial in self.trials(name) if trial.discarded_at is None]
        return leaderboard(there, self.show(name).plan)

    def discard(self, name: str, trial: int) -> Trial:
        """Take a trial out of tables and pictures; ``restore`` brings it back."""
        return discard(self._place, name, trial)

    def restore(self, name: str, trial: int) -> Trial:
        """Bring a discarded trial back."""
        return restore(self._place, name, trial)

    def report(self, name: str) -> str:
        """Return one HTML file that opens offline: leaderboard, plots, cost."""
        return page(self.show(name), self.trials(name))

    def trials(
        self, name: str, *, points: int | None = None, only: Collection[int] | None = None
    ) -> list[Trial]:  # fmt: skip
        """List the trials, or those with these numbers: values, curves and how they ended.

        A curve has at most ``points`` points, so chosen that its spikes stay; None = all.
        """
        self.show(name)
        with self._place.store.begin(self._place.who, write=False) as tx:
            if only is None:
                some = tx.all(Trial, experiment=name)
            else:
                asked = (tx.find(Trial, name, number) for number in set(only))
                some = [trial for trial in asked if trial is not None]
        found = sorted(some, key=lambda trial: trial.number)
        if points is None:
            return found
        long = [t for t in found if len(t.curve) > points]
        short = {t.number: t.model_copy(update={"curve": thin(t.curve, points)}) for t in long}
        return [short.get(t.number, t) for t in found]

    def looks(self, name: str, trial: int) -> Seen:
        """Return what was seen inside a trial so far: figures of every node, look by look."""
        experiment, seen = self._seen(name, trial)
        return figures(seen, trial, watched=bool(experiment.spec.get("watch")))

    def inside(self, name: str, trial: int, node: str) -> Insides:
        """Return the histograms of one node of a trial, look by look."""
        return insides(self._seen(name, trial)[1], trial, node)

    def mistakes(
        self, name: str, trial: int, *, truth: str | None = None, said: str | None = None,
        limit: int = 50,
    ) -> Json:  # fmt: skip
        """Say where a trial errs on the validation rows, as `ws.models.mistakes` of a model."""
        found = examine_trial(self._place, name, trial)
        return picked(found, truth=truth, said=said, limit=limit)

    def stop(self, name: str) -> Experiment:
        """Stop a search; what was measured is kept, and ``resume`` goes on."""
        job = self._line.of("experiment", name)
        if self.show(name).state not in ENDED:
            if job is None:
                end_search(self._place, name, state="stopped")
            else:
                self._line.cancel(job)
        return self.show(name)

    def resume(self, name: str, *, wait: bool = True, report: Report | None = None) -> Experiment:
        """Go on with a search that was stopped, killed or failed."""
        job = self._line.of("experiment", name)
        with self._place.store.begin(self._place.who) as tx:
            experiment = tx.get(Experiment, name)
            if experiment.state == "finished":
                raise ConflictError(
                    f"experiment '{name}' is finished", code="finished",
                    do="Run a new one to search more.",
                )  # fmt: skip
            if job is None or job.cancel:
                news = {"state": "queued", "cause": "", "finished_at": None}
                experiment = tx.replace(experiment.model_copy(update=news))
                job = self._queue(tx, name)
        return self._go(job, report) if wait else experiment

    def list(self) -> list[Experiment]:
        """List the experiments, newest first."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return tx.all(Experiment, newest=True)

    def _spec(self, tx: Transaction, asked: dict[str, Any]) -> Spec:
        """Complete what was asked: a saved network by its name, and the default of every field."""
        given = {field: value for field, value in asked.items() if value is not None}
        if isinstance(given.get("space"), dict):
            given["space"] = to_json(given["space"])
        if isinstance(given.get("network"), str):
            saved = tx.get(Network, given["network"])
            given["network"] = saved.document
            if saved.space:
                given.setdefault("space", saved.space)
        if "learn_from" not in given and not given.get("warm"):
            given["learn_from"] = earlier(tx, given)
        spec = Spec.of(given)
        number = spec.version or tx.get(Dataset, spec.data).version
        schema = Schema.model_validate(tx.get(Version, spec.data, number).schema_)
        schema.column(spec.target, where=f"dataset '{spec.data}' version {number}")
        return spec

    def _seen(self, name: str, trial: int) -> tuple[Experiment, Sequence[Watched]]:
        with self._place.store.begin(self._place.who, write=False) as tx:
            experiment = tx.get(Experiment, name)
            tx.get(Trial, name, trial)
        return experiment, looks_at(seen_of(experiment, self._place.home), trial)

    def _queue(self, tx: Transaction, name: str) -> Job:
        self._place.tell(tx, f"experiment/{name}", "queued")
        return leases.submit(tx, new_job(self._place, "experiment", {"name": name}))

    def _go(self, job: Job, report: Report | None) -> Experiment:
        name = str(job.args["name"])
        tick = None if report is None else Ticker(self._place, name, report).tick
        self._line.finish(job, tick)
        if tick is not None:
            tick()
        return self.show(name)


def earlier(tx: Transaction, given: Json) -> list[str]:
    """Name the newest finished searches for the same target of the same dataset."""
    same = [
        e.name
        for e in tx.all(Experiment, newest=True, state="finished")
        if all(e.spec.get(key) == given.get(key) for key in ("data", "target"))
    ]
    return same[:LEARNT_FROM]


class Ticker:
    """Tells how far a search is: ``{"done", "best", "phase"}``, when it changes."""

    def __init__(self, place: Place, name: str, report: Report) -> None:
        self._place, self._name, self._report = place, name, report
        self._said: Json = {}

    def tick(self) -> None:
        """Look, and tell what is new."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            experiment = tx.get(Experiment, self._name)
            trials = tx.all(Trial, experiment=self._name)
        known = [t.metric for t in trials if t.metric is not None]
        best = max if experiment.plan.get("maximise", True) else min
        now = {
            "done": sum(t.state not in ("waiting", "running") for t in trials),
            "best": best(known, default=None), "phase": experiment.state,
        }  # fmt: skip
        if now != self._said:
            self._said = now
            self._report(now)
