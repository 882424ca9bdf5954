"""Datasets over HTTP: files are streamed to the server, which imports them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from danlu.client.http import Http, error_of, wait_until
from danlu.data.raw import present
from danlu.store.records import Dataset, Job, Json, Version

_list = list


class Datasets:
    """Named typed tables."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def add(
        self,
        name: str,
        *paths: Path | str,
        time: str | None = None,
        kinds: Mapping[str, str] | None = None,
        part: str | None = None,
        accept_rejects: bool = False,
    ) -> Version:
        """Import files as parts; returns the newest version."""
        for path in present(paths):
            query = {
                "time": time,
                "kind": [f"{column}={kind}" for column, kind in (kinds or {}).items()] or None,
                "accept_rejects": accept_rejects or None,
            }
            label = part or path.name
            taken = self._http.upload(f"datasets/{name}/parts/{label}", path, query)
            self._finish(taken["job"])
        return self.show(name)

    def list(self) -> list[Dataset]:
        """List the datasets."""
        return self._http.items("datasets", Dataset)

    def show(self, name: str, version: int | None = None) -> Version:
        """Show a version, the newest if none is named."""
        found = self._http.get(f"datasets/{name}", version=version)
        return Version.model_validate(found["version"])

    def rejects(self, name: str, version: int | None = None) -> _list[Json]:
        """List the rows that could not be taken."""
        found: _list[Json] = self._http.get(f"datasets/{name}/rejects", version=version)["items"]
        return found

    def rows(self, name: str, version: int | None = None, limit: int = 50) -> _list[Json]:
        """Show the first rows."""
        answer = self._http.get(f"datasets/{name}/rows", version=version, limit=limit)
        found: _list[Json] = answer["items"]
        return found

    def _finish(self, job_id: str) -> None:
        def look() -> Job:
            return Job.model_validate(self._http.get(f"jobs/{job_id}"))

        job = wait_until(look, lambda job: job.state in ("done", "failed", "cancelled"))
        if job.state != "done":
            raise error_of(job.cause or {"title": f"the import was {job.state}"})
