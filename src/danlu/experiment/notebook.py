"""Notebook: the rows of one experiment, in memory and in the store, the store always first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from danlu.search.pruners.base import Curves, score
from danlu.store.backends.base import Store
from danlu.store.records import Event, Experiment, Identity, Record, Trial

Json = dict[str, Any]
OPEN = ("waiting", "running")
FLUSH_S = 0.25
"""Curves are written this often: the live page draws at most five times a second."""


class Notebook:
    """Reads and writes the records of one experiment; every change tells the live page."""

    def __init__(
        self, store: Store, who: Identity, experiment: Experiment, now: Callable[[], float]
    ) -> None:
        self.store, self.who, self.now = store, who, now
        self.experiment = experiment
        with store.begin(who, write=False) as tx:
            rows = tx.all(Trial, project=experiment.project, experiment=experiment.name)
        self.trials = {t.number: t for t in rows}
        self._points: list[Json] = []
        self._looks: list[Json] = []
        self._flushed_at = 0.0

    def write(self, kind: str, body: Json, *records: Record) -> None:
        """Replace records and append one event, which names the trials, in one transaction."""
        changed = [record.number for record in records if isinstance(record, Trial)]
        with self.store.begin(self.who) as tx:
            for record in records:
                tx.replace(record)
            tx.append(self._event(kind, {"trials": changed} | body))
        self._remember(records)

    def add(self, fresh: Sequence[Trial]) -> None:
        """Record new trials with their cohorts, before anything is submitted."""
        with self.store.begin(self.who) as tx:
            for trial in fresh:
                tx.insert(trial)
            tx.append(self._event("asked", {"trials": [t.number for t in fresh]}))
        self._remember(fresh)

    def change(self, kind: str = "state", body: Json | None = None, **update: Any) -> None:
        """Change fields of the experiment."""
        self.write(kind, body or {}, self.experiment.model_copy(update=update))

    def hear(self, event: Json) -> None:
        """Keep what a trainer says of a trial under way."""
        if event.get("event") == "epoch_done":
            self.note(event)
        elif event.get("event") == "watched":  # its figures are in a file of their own
            self._looks.append({name: event[name] for name in ("trial", "epoch", "step")})

    def note(self, event: Json) -> None:
        """Keep one epoch of one trial; a repeated one (after a resume) replaces itself."""
        trial = self.trials.get(event["trial"])
        if trial is None or trial.state not in OPEN:
            return
        point = {
            "epoch": event["epoch"], "loss": event["loss"], "valid_loss": event["valid_loss"],
            **event["metrics"],
        }  # fmt: skip
        curve = (*(p for p in trial.curve if p["epoch"] < point["epoch"]), point)
        self.trials[trial.number] = trial.model_copy(
            update={"curve": curve, "epochs": len(curve), "state": "running"}
        )
        self._points.append({"trial": trial.number, **point})
        if self.now() - self._flushed_at >= FLUSH_S:
            self.flush()

    def flush(self) -> None:
        """Write the curve points that wait, and where one has looked, in one short transaction."""
        if not self._points and not self._looks:
            return
        touched = {p["trial"] for p in self._points}
        body = {"points": self._points, "looks": self._looks}
        self._points, self._looks = [], []
        self._flushed_at = self.now()
        self.write("epochs", body, *(self.trials[n] for n in sorted(touched)))

    def rest(self) -> None:
        """Let trials that nobody trains any more wait: their curves stay, and they are resumed."""
        self.flush()
        idle = [t for t in self.trials.values() if t.state == "running"]
        if idle:
            waiting = [t.model_copy(update={"state": "waiting"}) for t in idle]
            self.write("resting", {}, *waiting)

    def lost_files(self, home: Path) -> set[str]:
        """Name the cohorts whose weights or answers are gone (the cache may be deleted)."""
        return {
            t.cohort
            for t in self.trials.values()
            if any(not (home / file).exists() for file in t.files.values())
        }

    def of_cohort(self, cohort: str) -> list[Trial]:
        """List the trials of a cohort by number."""
        return [t for n, t in sorted(self.trials.items()) if t.cohort == cohort]

    def scores_before(self, batch: int, metric: str, *, maximise: bool) -> Curves:
        """Return the curves of earlier batches: whoever is under way now, they are the same."""
        return {
            n: [score(p.get(metric), p.get("valid_loss"), maximise=maximise) for p in t.curve]
            for n, t in sorted(self.trials.items())
            if t.batch < batch
        }

    def open_cohorts(self) -> list[str]:
        """List the cohorts that are not over, in the order they were planned."""
        found = {t.cohort: None for _, t in sorted(self.trials.items()) if t.state in OPEN}
        return sorted(found, key=order_of)

    def _event(self, kind: str, body: Json) -> Event:
        return Event(
            project=self.experiment.project, topic=f"experiment/{self.experiment.name}",
            kind=kind, body=body, at=self.now(),
        )  # fmt: skip

    def _remember(self, records: Iterable[Record]) -> None:
        for record in records:
            if isinstance(record, Trial):
                self.trials[record.number] = record
            elif isinstance(record, Experiment):
                self.experiment = record


def order_of(cohort: str) -> tuple[int, ...]:
    """Return the place of a cohort: batch, number in it, then halves.

    >>> sorted(["1.10", "1.2", "0.3", "1.2.1"], key=order_of)
    ['0.3', '1.2', '1.2.1', '1.10']
    """
    return tuple(int(part) for part in cohort.split("."))
