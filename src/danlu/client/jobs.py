"""Jobs over HTTP."""

from __future__ import annotations

from danlu.client.http import Http
from danlu.store.records import Job


class Jobs:
    """Pieces of work with a lease."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def list(self) -> list[Job]:
        """List the jobs."""
        return self._http.items("jobs", Job)

    def show(self, id: str) -> Job:  # noqa: A002  # the record's own word
        """Show one job."""
        return Job.model_validate(self._http.get(f"jobs/{id}"))

    def cancel(self, id: str) -> Job:  # noqa: A002  # the record's own word
        """Cancel a job."""
        return Job.model_validate(self._http.send("DELETE", f"jobs/{id}"))
