"""Loops: standing orders that turn feedback into the next model."""

from __future__ import annotations

import builtins

from pydantic import ValidationError

from danlu.catalog import Catalog
from danlu.errors import InvalidError
from danlu.loop.circle import circle
from danlu.loop.triggers.base import Facts, Trigger
from danlu.loop.triggers.schedule import cron_of
from danlu.serve.log_reader import LogReader
from danlu.store import leases
from danlu.store.records import Dataset, Deployment, Experiment, Job, Json, Loop
from danlu.store.rights import itself
from danlu.store.transaction import Transaction
from danlu.workspace.home import LOG
from danlu.workspace.line import Line, new_job
from danlu.workspace.place import Place

TRIGGERS: Catalog[Trigger] = Catalog("danlu.loop.triggers", Trigger)  # type: ignore[type-abstract]
LIVE = ("queued", "leased")


class Loops:
    """The loops of a project; each has the name of its deployment."""

    def __init__(self, place: Place, line: Line) -> None:
        self._place, self._line = place, line

    def set(self, name: str, *, data: str, experiment: str, **when: str | int | None) -> Loop:
        """Connect a deployment, the dataset its feedback flows into, and a search to repeat.

        ``when`` is one of ``every`` (hour, day, week, 15m, 6h), ``cron`` (both with ``zone``),
        or ``rows`` (of feedback); with none of them the loop runs when it is told to.
        """
        trigger = trigger_of({k: v for k, v in when.items() if v is not None})
        with self._place.store.begin(self._place.who) as tx:
            for record, key in ((Deployment, name), (Dataset, data), (Experiment, experiment)):
                tx.get(record, key)
            before = tx.find(Loop, name)
            news = {"data": data, "experiment": experiment, "trigger": trigger, "last_run": None}
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
            now = self._place.now()
            return circle(tx, loop, reader, trigger=read_trigger(loop.trigger), now=now)

    def run(self, name: str, *, wait: bool = True) -> Loop:
        """Retrain now, and promote the challenger if it is better."""
        with self._place.store.begin(self._place.who) as tx:
            loop = tx.get(Loop, name)
            job = _under_way(tx, name) or _submit(
                self._place, tx, name, f"by {self._place.who.name}"
            )
        if not wait:
            return loop
        self._line.finish(job)
        with self._place.store.begin(self._place.who, write=False) as tx:
            return tx.get(Loop, name)

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
            job = _submit_due(own, loop, now)
            due += [job] if job else []
        return due

    def list(self) -> builtins.list[Loop]:
        """List the loops, newest first."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return tx.all(Loop, newest=True)


def trigger_of(when: Json) -> Json:
    """Return the trigger that these words mean, as a loop keeps it."""
    unknown = sorted(set(when) - {"every", "cron", "rows", "zone"})
    chosen = [word for word in ("every", "cron", "rows") if word in when]
    if unknown or len(chosen) > 1:
        raise InvalidError(
            f"a loop cannot run by {' and '.join(unknown or chosen)}", code="trigger",
            where="loop", do="Give one of every, cron and rows; zone goes with the first two.",
        )  # fmt: skip
    if "rows" in when:
        found: Json = {"kind": "rows", "rows": when["rows"]}
    elif chosen:
        cron = cron_of(str(when["every"])) if "every" in when else str(when["cron"])
        found = {"kind": "schedule", "cron": cron, "zone": when.get("zone", "UTC")}
    else:
        found = {"kind": "manual"}
    read_trigger(found)
    return found


def read_trigger(trigger: Json) -> Trigger:
    """Read a loop's trigger."""
    fields = {name: value for name, value in trigger.items() if name != "kind"}
    try:
        return TRIGGERS.get(str(trigger.get("kind"))).model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InvalidError(
            f"{first['loc'][0] if first['loc'] else 'the trigger'} cannot be {first['input']!r}",
            code="trigger", where="loop", do=f"{first['msg']}.",
        ) from error  # fmt: skip


def _under_way(tx: Transaction, name: str) -> Job | None:
    jobs = [job for state in LIVE for job in tx.all(Job, state=state)]
    return next((j for j in jobs if j.kind == "retrain" and j.args.get("name") == name), None)


def _submit(place: Place, tx: Transaction, name: str, why: str) -> Job:
    place.tell(tx, f"loop/{name}", "due", {"why": why})
    return leases.submit(tx, new_job(place, "retrain", {"name": name, "why": why}))


def _submit_due(place: Place, loop: Loop, now: float) -> Job | None:
    """Ask the trigger, and note the run with the job in one transaction: it happens once."""
    trigger = read_trigger(loop.trigger)
    joined = 0
    if loop.trigger["kind"] == "rows":
        reader = LogReader(place.home / LOG, project=loop.project)
        joined = reader.waiting(loop.name, after=loop.joined_to)
    with place.store.begin(place.who, write=False) as tx:
        dataset = tx.find(Dataset, loop.data)
    due = trigger.due(loop, now, Facts(joined, dataset.version if dataset else 0))
    if due is None:
        return None
    with place.store.begin(place.who) as tx:
        now_set = tx.find(Loop, loop.name)
        if now_set is None or now_set.last_run == due.run or _under_way(tx, loop.name):
            return None
        tx.replace(now_set.model_copy(update={"last_run": due.run}))
        return _submit(place, tx, loop.name, due.why)
