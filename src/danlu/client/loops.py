"""Loops over HTTP."""

from __future__ import annotations

from danlu.client.http import Http, wait_until
from danlu.store.records import Job, Json, Loop


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
        """Retrain now, and wait for its end unless told not to."""
        before = Loop.model_validate(self.show(name)["loop"])
        started = Loop.model_validate(self._http.send("POST", f"loops/{name}/run"))
        if not wait:
            return started
        return wait_until(
            lambda: Loop.model_validate(self.show(name)["loop"]),
            lambda loop: len(loop.cycles) > len(before.cycles) or not self._works(name),
        )

    def delete(self, name: str) -> None:
        """End a loop; everything it made stays."""
        self._http.send("DELETE", f"loops/{name}")

    def _works(self, name: str) -> bool:
        """Whether a retrain of this loop waits or runs."""
        jobs = self._http.items("jobs", Job)
        return any(
            job.kind == "retrain" and job.args.get("loop") == name
            and job.state in ("queued", "leased")
            for job in jobs
        )  # fmt: skip
