"""Jobs over HTTP."""

from __future__ import annotations

from danlu.client.http import Http
from danlu.execute.usage import Usage
from danlu.store.records import Job

_list = list


class Jobs:
    """Pieces of work with a lease."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def list(self, *, unfinished: bool = False) -> list[Job]:
        """List the jobs, or only those that wait or are worked on."""
        return self._http.items("jobs", Job, unfinished=unfinished or None)

    def show(self, id: str) -> Job:  # noqa: A002  # the record's own word
        """Show one job."""
        return Job.model_validate(self._http.get(f"jobs/{id}"))

    def cancel(self, id: str) -> Job:  # noqa: A002  # the record's own word
        """Cancel a job."""
        return Job.model_validate(self._http.send("DELETE", f"jobs/{id}"))

    def usage(
        self, *, since: float | None = None, until: float | None = None, points: int = 120
    ) -> _list[Usage]:
        """Say what the server took of processors, memory, disk and GPUs, oldest look first."""
        return self._http.items("jobs/usage", Usage, since=since, until=until, points=points)
