"""Burial: a search whose job will never go on is over too; its state follows that of the job."""

from __future__ import annotations

import time

from danlu.store.records import Event, Experiment, Job, Json, Trial
from danlu.store.transaction import Transaction

UNSAID: Json = {"class": "", "code": "failed", "where": "", "fix": "", "args": {}}
"""What a cause lacks that was never raised as one of our errors."""


def bury(tx: Transaction, job: Job) -> None:
    """Write down, with the job that is over, how the search ended that it was about."""
    name = job.args.get("name") if job.kind == "experiment" else job.progress.get("experiment")
    experiment = tx.find(Experiment, job.project, name) if name else None
    if experiment is None or experiment.state not in ("queued", "running"):
        return
    state = "stopped" if job.state == "cancelled" else "failed"
    cause = str(job.cause.get("title", ""))
    problem = {"problem": UNSAID | job.cause} if job.cause else {}
    news = {"state": state, "cause": cause, "result": problem, "finished_at": time.time()}
    tx.replace(experiment.model_copy(update=news))
    for trial in tx.all(Trial, project=job.project, experiment=experiment.name):
        if trial.state == "running":
            tx.replace(trial.model_copy(update={"state": "waiting"}))
    tx.append(
        Event(
            project=job.project, topic=f"experiment/{experiment.name}", kind="state",
            body={"state": state}, at=time.time(),
        )
    )  # fmt: skip
