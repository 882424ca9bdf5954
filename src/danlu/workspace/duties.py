"""Duties: what a worker does for each kind of job."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from danlu.errors import DanluError, error_of
from danlu.execute.base import Call
from danlu.experiment.ports import Ports
from danlu.experiment.run import conduct
from danlu.loop.retrain import Order, retrain
from danlu.serve.log_reader import LogReader
from danlu.store import leases
from danlu.store.records import Deployment, Experiment, Job, Json, Loop
from danlu.workspace.bundles import materialise
from danlu.workspace.correcting import Correction, correct
from danlu.workspace.flip import settle
from danlu.workspace.home import LOG
from danlu.workspace.importing import Addition, add_part
from danlu.workspace.place import Place, poll
from danlu.workspace.relabelling import Relabelling, relabel
from danlu.workspace.worker import Stop, Work

BACKTEST = "danlu.loop.backtest:run"
BACKTEST_WITHIN_S = 600.0
FLIP_WITHIN_S = 60.0
REPORT_EVERY_S = 0.3


def make_version(place: Place, job: Job, stop: Stop) -> Json:
    """Make a dataset's next version: by another file, other kinds, or values set by hand."""
    if "relabel" in job.args:
        return set_labels(place, job, stop)
    return (correct_kinds if "correct" in job.args else import_file)(place, job, stop)


def correct_kinds(place: Place, job: Job, stop: Stop) -> Json:
    """Read a dataset anew by the kinds a person gave."""
    asked = Correction.model_validate(job.args["correct"])
    told = _reporter(place, job)
    return correct(place, asked, scratch=f"correct-{job.id}", stop=stop, report=told)


def set_labels(place: Place, job: Job, stop: Stop) -> Json:
    """Set the values of some rows as a person said."""
    asked, told = Relabelling.model_validate(job.args["relabel"]), _reporter(place, job)
    return relabel(place, asked, scratch=f"relabel-{job.id}", stop=stop, report=told)


def import_file(place: Place, job: Job, stop: Stop) -> Json:
    """Import a file; an uploaded one is deleted when it is in, or will never be."""
    addition = Addition.model_validate(
        {k: v for k, v in job.args.items() if k not in ("by", "delete")}
    )
    try:
        told = _reporter(place, job)
        result = add_part(place, addition, scratch=f"import-{job.id}", stop=stop, report=told)
    except DanluError as error:  # an upload's file has a name of ours; the person knows the part's
        error.what = error.what.replace(addition.source.name, addition.part)
        error.where = error.where.replace(addition.source.name, addition.part)
        if job.args.get("delete") and not stop():
            addition.source.unlink(missing_ok=True)
        raise
    if job.args.get("delete"):
        addition.source.unlink(missing_ok=True)
    return result


def search(place: Place, job: Job, stop: Stop) -> Json:
    """Conduct an experiment from wherever it stands; then let its winner answer, if so asked."""
    name = str(job.args["name"])
    try:
        ended = conduct(ports_of(place), name, cancelled=stop)
    except KeyboardInterrupt:
        end_search(place, name, state="stopped")
        raise
    except DanluError as error:
        if error.code != "lease_lost":
            end_search(place, name, state="failed", cause=str(error))
        raise
    if ended.state == "failed":
        raise error_of(ended.result["problem"])
    if ended.state == "finished" and ended.spec.get("deploy"):
        reach(place, str(ended.spec["deploy"]))
    return {"state": ended.state, "model": ended.result.get("model")}


def improve(place: Place, job: Job, stop: Stop) -> Json:
    """Run a loop once; then let the challenger answer, if it passed."""
    name = str(job.args["name"])
    order = Order(
        ports=ports_of(place), known=job.progress, cancelled=stop,
        log=LogReader(place.home / LOG, project=job.project),
        add=_adder(place, job, stop), remember=_rememberer(place, job),
        bundle=lambda model: materialise(model, place.blobs, place.home),
    )  # fmt: skip
    why = {"why": str(job.args.get("why", "")), "cause": job.args.get("cause") or {}}
    cycle = retrain(order, name, why)
    if cycle.get("verdict", {}).get("promoted"):
        reach(place, name)
    return cycle


def backtest(place: Place, job: Job, stop: Stop) -> Json:
    """Answer the last ripe days again with another model, where that is quick."""
    del stop
    call = Call(run=BACKTEST, args=job.args["call"], timeout_s=BACKTEST_WITHIN_S)
    return place.hands.executor().submit(call, lambda _event: None).wait()


def end_search(
    place: Place, name: str, *, state: Literal["stopped", "failed"], cause: str = ""
) -> None:
    """Write how a search ended that could not do so itself."""
    with place.store.begin(place.who) as tx:
        experiment = tx.find(Experiment, name)
        if experiment is not None and experiment.state in ("queued", "running"):
            news = {"state": state, "cause": cause, "finished_at": place.now()}
            tx.replace(experiment.model_copy(update=news))
            place.tell(tx, f"experiment/{name}", "state", {"state": state})


def ports_of(place: Place) -> Ports:
    """Return what conducting an experiment needs."""
    return Ports(
        store=place.store, who=place.who, blobs=place.blobs, home=place.home, now=place.now,
        executor=place.hands.executor(),
    )  # fmt: skip


def reach(place: Place, name: str) -> None:
    """Flip here, or wait a while for the server's front to flip or refuse."""
    if not place.served:
        settle(place, name)
        return

    def over() -> bool:
        with place.store.begin(place.who, write=False) as tx:
            found = tx.get(Deployment, name)
        return bool(found.refused) or found.live == found.wanted

    poll(over, timeout_s=FLIP_WITHIN_S)


def _adder(place: Place, job: Job, stop: Stop) -> Callable[[Path, str, str], None]:
    with place.store.begin(place.who, write=False) as tx:
        data = tx.get(Loop, job.args["name"]).data

    def add(file: Path, part: str, chosen_by: str) -> None:
        addition = Addition(
            name=data, source=file, part=part, chosen_by=chosen_by, accept_rejects=True
        )
        add_part(place, addition, scratch=f"loop-{job.id}", stop=stop)

    return add


def _reporter(place: Place, job: Job) -> Callable[[Json], None]:
    """Return what writes how far a job is, for whoever watches; at most a few times a second."""
    told_at, told = 0.0, ""

    def report(event: Json) -> None:
        nonlocal told_at, told
        now = time.monotonic()
        if event["kind"] == told and now - told_at < REPORT_EVERY_S:
            return
        told_at, told = now, event["kind"]
        with place.store.begin(place.who) as tx:
            held = leases.demand_lease(tx, job)
            tx.replace(held.model_copy(update={"progress": {**held.progress, **event}}))
            place.tell(tx, f"job/{job.id}", "progress", event)

    return report


def _rememberer(place: Place, job: Job) -> Callable[[Json], None]:
    def remember(steps: Json) -> None:
        with place.store.begin(place.who) as tx:
            held = leases.demand_lease(tx, job)
            tx.replace(held.model_copy(update={"progress": steps}))

    return remember


WORK: dict[str, Work] = {
    "import": make_version,
    "experiment": search,
    "retrain": improve,
    "backtest": backtest,
}
