"""Loops: standing orders that turn feedback into the next model."""

from __future__ import annotations

import builtins

from danlu.loop.circle import circle
from danlu.loop.inbox import Order, inbox
from danlu.loop.lineage import touched_by
from danlu.loop.triggers.base import Due
from danlu.serve.log_reader import LogReader
from danlu.store.records import Audit, Dataset, Deployment, Experiment, Job, Json, Loop
from danlu.store.rights import itself
from danlu.workspace.backtesting import backtest_args
from danlu.workspace.home import LOG
from danlu.workspace.line import Line
from danlu.workspace.measuring import DAYS, Measuring
from danlu.workspace.place import Place
from danlu.workspace.triggering import read_trigger, submit, submit_due, triggers_of, under_way

MOST_AUDITED = 200


class Loops:
    """The loops of a project; each has the name of its deployment."""

    def __init__(self, place: Place, line: Line) -> None:
        self._place, self._line = place, line

    def set(
        self, name: str, *, data: str, experiment: str, **when: str | float | None
    ) -> Loop:  # fmt: skip
        """Connect a deployment, the dataset its feedback flows into, and a search to repeat.

        ``when`` is any of ``every`` (hour, day, week, 15m, 6h) or ``cron`` (both with ``zone``),
        ``rows`` (of feedback), ``drift`` (stability index of a column), ``decay`` (share of the
        promised metric lost), ``new_data=True``; with none of them it runs when it is told to.
        """
        first, *more = triggers_of({k: v for k, v in when.items() if v is not None})
        with self._place.store.begin(self._place.who) as tx:
            for record, key in ((Deployment, name), (Experiment, experiment)):
                tx.get(record, key)
            version = tx.get(Dataset, data).version
            before = tx.find(Loop, name)
            runs = before.runs if before else {}
            kept = {kind: run for kind, run in runs.items() if kind != "schedule"}
            news = {
                "data": data, "experiment": experiment, "trigger": first, "more": tuple(more),
                "last_run": None, "runs": {**kept, "version": f"version {version}"},
            }  # fmt: skip
            now = self._place.now()
            if before is None:
                fresh = Loop(project=self._place.who.project, name=name, created_at=now, **news)
                loop = tx.insert(fresh)
            else:
                loop = tx.replace(before.model_copy(update={**news, "created_at": now}))
            self._place.note(tx, "set_loop", f"loop/{name}", news)
            self._place.tell(tx, f"loop/{name}", "set", news)
        return loop

    def show(self, name: str) -> Json:
        """Return the whole circle: counts and last times on each arc, and the cycles so far."""
        reader = LogReader(self._place.home / LOG, project=self._place.who.project)
        with self._place.store.begin(self._place.who, write=False) as tx:
            loop = tx.get(Loop, name)
            triggers = [read_trigger(t) for t in (loop.trigger, *loop.more)]
            return circle(tx, loop, reader, triggers=triggers, now=self._place.now())

    def drift(self, name: str, *, days: int = DAYS) -> Json:
        """Say how far each column of each day lies from the data the champion was made from."""
        found = Measuring(self._place, self._get(name)).days(days)
        kept = ("day", "rows", "sampled", "psi", "by_chance")
        return {
            **{k: found[k] for k in ("champion", "data", "version", "columns", "at")},
            "days": [{k: day[k] for k in kept} for day in found["days"]],
        }

    def decay(self, name: str, *, days: int = DAYS) -> Json:
        """Say by day how much feedback is in, and on ripe days the metric against the promise."""
        found = Measuring(self._place, self._get(name)).days(days)
        left_out = ("psi", "by_chance", "sampled")
        return {
            **{k: v for k, v in found.items() if k != "columns"},
            "days": [{k: v for k, v in day.items() if k not in left_out} for day in found["days"]],
        }

    def backtest(self, name: str, model: str, *, days: int = 7, wait: bool = True) -> Job:
        """Answer the last ripe days again with any model; the job's result sets both side by side.

        Rows whose truth the model has learnt from are counted as ``seen`` and left out of the
        verdict, unless there are no others (``flattered``).
        """
        args = backtest_args(self._place, self._get(name), model, days)
        job = self._line.submit("backtest", args)
        return self._line.finish(job) if wait else job

    def touched(
        self, name: str, *, version: int | None = None, part: str | None = None
    ) -> builtins.list[Json]:  # fmt: skip
        """Follow the loop's data forward: who learnt from a version or part, and what it answered.

        A recall list, oldest model first; the predictions themselves are `answers`.
        """
        data = self._get(name).data
        reader = LogReader(self._place.home / LOG, project=self._place.who.project)
        with self._place.store.begin(self._place.who, write=False) as tx:
            return touched_by(tx, reader, data, part=part, version=version)

    def answers(
        self, name: str, model: str, *, limit: int = 50, before: str | None = None
    ) -> builtins.list[Json]:  # fmt: skip
        """List what one model has answered here, with decision and feedback, newest first."""
        self._get(name)
        reader = LogReader(self._place.home / LOG, project=self._place.who.project)
        return [p.json() for p in reader.recent(name, limit, before=before, model=model)]

    def inbox(
        self, name: str, *, order: Order = "doubt", limit: int = 50
    ) -> builtins.list[Json]:  # fmt: skip
        """List predictions whose truth nobody has said yet: the most doubtful or the newest first.

        Each has its ``doubt``, 1 where the two likeliest answers are equally likely. Say what
        happened with `deployments.feedback`; ``discard`` there puts one aside for good.
        """
        self._get(name)
        reader = LogReader(self._place.home / LOG, project=self._place.who.project)
        return inbox(reader, name, order=order, limit=limit)

    def audit(self, name: str) -> builtins.list[Audit]:
        """List who decided what about the loop and its deployment, newest first."""
        self._get(name)
        with self._place.store.begin(self._place.who, write=False) as tx:
            found = [
                entry for noun in ("loop", "deployment")
                for entry in tx.all(
                    Audit, newest=True, limit=MOST_AUDITED, subject=f"{noun}/{name}"
                )
            ]  # fmt: skip
        return sorted(found, key=lambda entry: -entry.seq)[:MOST_AUDITED]

    def run(self, name: str, *, wait: bool = True) -> Loop:
        """Retrain now, and promote the challenger if it is better."""
        with self._place.store.begin(self._place.who) as tx:
            loop = tx.get(Loop, name)
            who = self._place.who.name
            due = Due(f"by {who}", run="", code="manual", args={"by": who})
            job = under_way(tx, name) or submit(self._place, tx, name, due)
        if not wait:
            return loop
        self._line.finish(job)
        return self._get(name)

    def delete(self, name: str) -> None:
        """End a loop; everything it made stays."""
        with self._place.store.begin(self._place.who) as tx:
            tx.delete(Loop, name)
            self._place.note(tx, "delete_loop", f"loop/{name}")
            self._place.tell(tx, f"loop/{name}", "deleted")

    def tick(self, now: float) -> list[Job]:
        """Submit the retrain of every loop, of any project, that is due and not under way."""
        everyone = self._place.acting(itself("scheduler"))
        with self._place.store.begin(everyone.who, write=False) as tx:
            loops = tx.all(Loop)
        due = []
        for loop in loops:
            own = everyone.acting(everyone.who.model_copy(update={"project": loop.project}))
            job = submit_due(own, loop, now)
            due += [job] if job else []
        return due

    def list(self) -> builtins.list[Loop]:
        """List the loops, newest first."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return tx.all(Loop, newest=True)

    def _get(self, name: str) -> Loop:
        with self._place.store.begin(self._place.who, write=False) as tx:
            return tx.get(Loop, name)
