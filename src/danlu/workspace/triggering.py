"""Triggering: words become triggers, and whatever is due is submitted, once."""

from __future__ import annotations

from pydantic import ValidationError

from danlu.catalog import Catalog
from danlu.errors import BusyError, DanluError, InvalidError
from danlu.loop.triggers.base import Due, Facts, Trigger
from danlu.loop.triggers.schedule import cron_of
from danlu.serve.log_reader import LogReader
from danlu.store import leases
from danlu.store.records import Dataset, Job, Json, Loop
from danlu.store.transaction import Transaction
from danlu.workspace.home import LOG
from danlu.workspace.line import new_job
from danlu.workspace.measuring import Measuring, facts_of
from danlu.workspace.place import Place

TRIGGERS: Catalog[Trigger] = Catalog("danlu.loop.triggers", Trigger)  # type: ignore[type-abstract]
LIVE = ("queued", "leased")
WORDS = {"rows": "rows", "drift": "index", "decay": "share"}
"""Kinds with one number: the word and the field it means."""
MEASURED = ("drift", "decay")
MEASURE_EVERY_S = 60.0


def triggers_of(when: Json) -> list[Json]:
    """Return the triggers that these words mean, as a loop keeps them; none of them: by hand."""
    unknown = sorted(set(when) - {"every", "cron", "zone", "new_data", *WORDS})
    both = [word for word in ("every", "cron") if word in when]
    if unknown or len(both) > 1:
        raise InvalidError(
            f"a loop cannot run by {' and '.join(unknown or both)}", code="trigger", where="loop",
            do="Give every or cron (with zone), rows, drift, decay, new_data, or several of them.",
        )  # fmt: skip
    found: list[Json] = []
    if both:
        cron = cron_of(str(when["every"])) if "every" in when else str(when["cron"])
        found.append({"kind": "schedule", "cron": cron, "zone": when.get("zone", "UTC")})
    found += [{"kind": w, field: when[w]} for w, field in WORDS.items() if w in when]
    found += [{"kind": "version"}] if when.get("new_data") else []
    for trigger in found:
        read_trigger(trigger)
    return found or [{"kind": "manual"}]


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


def under_way(tx: Transaction, name: str) -> Job | None:
    """Return the retrain of a loop that is queued or running."""
    jobs = [job for state in LIVE for job in tx.all(Job, state=state)]
    return next((j for j in jobs if j.kind == "retrain" and j.args.get("name") == name), None)


def submit(place: Place, tx: Transaction, name: str, due: Due) -> Job:
    """Queue a retrain, saying why."""
    place.tell(tx, f"loop/{name}", "due", {"why": due.why})
    cause = {"code": due.code, "args": due.args}
    return leases.submit(
        tx, new_job(place, "retrain", {"name": name, "why": due.why, "cause": cause})
    )


def submit_due(place: Place, loop: Loop, now: float) -> Job | None:
    """Ask the triggers, and note the run with the job in one transaction: it happens once."""
    kinds = [str(trigger["kind"]) for trigger in (loop.trigger, *loop.more)]
    facts = _facts(place, loop, kinds)
    due = next((d for t in (loop.trigger, *loop.more) if (d := _due(t, loop, now, facts))), None)
    if due is None:
        return None
    with place.store.begin(place.who) as tx:
        now_set = tx.find(Loop, loop.name)
        if now_set is None or now_set.runs.get(due.code) == due.run or under_way(tx, loop.name):
            return None
        runs = {**now_set.runs, due.code: due.run}
        tx.replace(now_set.model_copy(update={"last_run": due.run, "runs": runs}))
        return submit(place, tx, loop.name, due)


def _due(trigger: Json, loop: Loop, now: float, facts: Facts) -> Due | None:
    """Ask one trigger, which knows of its own last run only."""
    own = loop.runs.get(str(trigger["kind"])) if loop.runs else loop.last_run
    seen = loop.model_copy(update={"last_run": own})
    return read_trigger(trigger).due(seen, now, facts)


def _facts(place: Place, loop: Loop, kinds: list[str]) -> Facts:
    """Gather what these kinds of trigger look at, and no more: most loops only need the clock."""
    measured = _measured(place, loop) if set(kinds) & set(MEASURED) else Facts()
    joined = 0
    if "rows" in kinds:
        reader = LogReader(place.home / LOG, project=loop.project)
        joined = reader.waiting(loop.name, after=loop.joined_to)
    with place.store.begin(place.who, write=False) as tx:
        dataset = tx.find(Dataset, loop.data)
    version = dataset.version if dataset else 0
    return Facts(**{**vars(measured), "joined": joined, "version": version})


def _measured(place: Place, loop: Loop) -> Facts:
    """Measure the days; a log that cannot be measured now stops no other loop."""
    measuring = Measuring(place, loop)
    if measuring.failed_since(place.now() - MEASURE_EVERY_S):
        return Facts()
    try:
        return facts_of(measuring.days(rest_s=MEASURE_EVERY_S))
    except BusyError:  # the engine is on its way
        return Facts()
    except DanluError as error:
        with place.store.begin(place.who) as tx:
            place.tell(tx, f"loop/{loop.name}", "unmeasured", error.problem())
        return Facts()
