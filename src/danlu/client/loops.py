"""Loops over HTTP."""

from __future__ import annotations

from danlu.client.deployments import until_live
from danlu.client.http import Http, error_of, wait_until
from danlu.store.records import Job, Json, Loop

OVER = ("done", "failed", "cancelled")


class Loops:
    """Standing orders that turn feedback into the next model."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def set(  # noqa: PLR0913  # the same as in Workspace
        self,
        name: str,
        *,
        data: str,
        experiment: str,
        every: str | None = None,
        cron: str | None = None,
        rows: int | None = None,
        zone: str | None = None,
    ) -> Loop:
        """Make or change the loop of a deployment."""
        body = {
            "data": data, "experiment": experiment, "every": every, "cron": cron, "rows": rows,
            "zone": zone,
        }  # fmt: skip
        return Loop.model_validate(self._http.send("PUT", f"loops/{name}", body))

    def list(self) -> list[Loop]:
        """List the loops."""
        return self._http.items("loops", Loop)

    def show(self, name: str) -> Json:
        """Show the whole circle with its counts."""
        return self._http.get(f"loops/{name}")

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
