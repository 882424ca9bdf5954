"""Loops over HTTP."""

from __future__ import annotations

from danlu.client.deployments import until_live
from danlu.client.http import Http, wait_until
from danlu.errors import error_of
from danlu.store.records import Audit, Job, Json, Loop

_list = list
OVER = ("done", "failed", "cancelled")


class Loops:
    """Standing orders that turn feedback into the next model."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def set(
        self, name: str, *, data: str, experiment: str, **when: str | float | None
    ) -> Loop:  # fmt: skip
        """Make or change the loop of a deployment; ``when`` as in `Workspace`."""
        given = {word: value for word, value in when.items() if value is not None}
        body = {"data": data, "experiment": experiment, **given}
        return Loop.model_validate(self._http.send("PUT", f"loops/{name}", body))

    def list(self) -> list[Loop]:
        """List the loops."""
        return self._http.items("loops", Loop)

    def show(self, name: str) -> Json:
        """Show the whole circle with its counts."""
        return self._http.get(f"loops/{name}")

    def drift(self, name: str, *, days: int = 30) -> Json:
        """Say how far each column of each day lies from the data the champion was made from."""
        return self._http.get(f"loops/{name}/drift", days=days)

    def decay(self, name: str, *, days: int = 30) -> Json:
        """Say by day how much feedback is in, and on ripe days the metric against the promise."""
        return self._http.get(f"loops/{name}/decay", days=days)

    def backtest(self, name: str, model: str, *, days: int = 7, wait: bool = True) -> Job:
        """Answer the last ripe days again with any model; the job's result compares them."""
        body = {"model": model, "days": days}
        job = Job.model_validate(self._http.send("POST", f"loops/{name}/backtest", body))
        if not wait:
            return job
        job = wait_until(
            lambda: Job.model_validate(self._http.get(f"jobs/{job.id}")),
            lambda seen: seen.state in OVER,
        )
        if job.state != "done":
            raise error_of(job.cause or {"title": f"the backtest was {job.state}"})
        return job

    def touched(
        self, name: str, *, version: int | None = None, part: str | None = None
    ) -> _list[Json]:
        """Follow the loop's data forward: who learnt from it, and what it answered."""
        found = self._http.get(f"loops/{name}/touched", version=version, part=part)
        items: _list[Json] = found["items"]
        return items

    def answers(
        self, name: str, model: str, *, limit: int = 50, before: str | None = None
    ) -> _list[Json]:
        """List what one model has answered here, newest first."""
        found = self._http.get(f"loops/{name}/answers", model=model, limit=limit, before=before)
        items: _list[Json] = found["items"]
        return items

    def inbox(self, name: str, *, order: str = "doubt", limit: int = 50) -> _list[Json]:
        """List predictions whose truth nobody has said yet, the most doubtful first."""
        found = self._http.get(f"loops/{name}/inbox", order=order, limit=limit)
        items: _list[Json] = found["items"]
        return items

    def audit(self, name: str) -> _list[Audit]:
        """List who decided what about the loop and its deployment, newest first."""
        return self._http.items(f"loops/{name}/audit", Audit)

    def run(self, name: str, *, wait: bool = True) -> Loop:
        """Retrain now, and wait for its end unless told not to; raises why it failed."""
        started = Loop.model_validate(self._http.send("POST", f"loops/{name}/run"))
        if not wait:
            return started
        job = wait_until(lambda: self._retrain(name), lambda job: job.state in OVER)
        if job.state == "failed":
            raise error_of(job.cause)
        until_live(self._http, name)
        return Loop.model_validate(self.show(name)["loop"])

    def delete(self, name: str) -> None:
        """End a loop; everything it made stays."""
        self._http.send("DELETE", f"loops/{name}")

    def _retrain(self, name: str) -> Job:
        """Return the newest retrain of this loop."""
        jobs = self._http.items("jobs", Job)
        own = [job for job in jobs if job.kind == "retrain" and job.args.get("name") == name]
        return max(own, key=lambda job: job.created_at)
