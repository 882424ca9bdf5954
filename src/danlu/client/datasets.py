"""Datasets over HTTP: files are streamed to the server, which imports them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from danlu.client.http import Http, wait_until
from danlu.client.upload import PIECE, send_file
from danlu.data.bundled import Sample
from danlu.data.folder import as_file
from danlu.data.raw import present
from danlu.errors import error_of
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
        """Import files as parts, a folder of pictures as one; returns the newest version."""
        for path in present(paths):
            wanted = {"time": time, "kinds": dict(kinds or {}), "accept_rejects": accept_rejects}
            with as_file(path) as file:
                job = self._send(name, file, {**wanted, "part": part or file.name})
            self._finish(job)
        return self.show(name)

    def list(self) -> list[Dataset]:
        """List the datasets."""
        return self._http.items("datasets", Dataset)

    def show(self, name: str, version: int | None = None) -> Version:
        """Show a version, the newest if none is named."""
        found = self._http.get(f"datasets/{name}", version=version)
        return Version.model_validate(found["version"])

    def versions(self, name: str) -> _list[Json]:
        """List the versions, newest first: rows, rejected, and what changed with each."""
        found: _list[Json] = self._http.get(f"datasets/{name}/versions")["items"]
        return found

    def profile(self, name: str, version: int | None = None, against: int | None = None) -> Json:
        """Describe the columns of a version, and their drift from another (the one before)."""
        return self._http.get(f"datasets/{name}/profile", version=version, against=against)

    def correct(
        self,
        name: str,
        kinds: Mapping[str, str] | None = None,
        *,
        time: str | None = None,
        accept_rejects: bool = False,
    ) -> Version:
        """Set the kinds of columns, or the time column ("" = none): the next version."""
        body = {"kinds": dict(kinds or {}), "time": time, "accept_rejects": accept_rejects}
        self._finish(self._http.send("PUT", f"datasets/{name}/kinds", body)["job"])
        return self.show(name)

    def relabel(
        self,
        name: str,
        column: str,
        labels: Mapping[int, Any],
        *,
        version: int | None = None,
        note: str = "",
    ) -> Version:
        """Set the values of some rows by hand: the next version, which says who did and when."""
        body = {
            "version": version or self.show(name).version, "column": column,
            "labels": {str(row): value for row, value in labels.items()}, "note": note,
        }  # fmt: skip
        self._finish(self._http.send("POST", f"datasets/{name}/labels", body)["job"])
        return self.show(name)

    def changes(self, name: str, version: int | None = None) -> _list[Json]:
        """List what was set by hand in a version: row, what it was, what it is."""
        found: _list[Json] = self._http.get(f"datasets/{name}/changes", version=version)["items"]
        return found

    def doubtful(
        self, name: str, target: str, version: int | None = None, *, limit: int = 100
    ) -> Json:
        """Name the rows whose label others like them contradict, the surest first."""
        asked = {"target": target, "version": version, "limit": limit}
        return self._http.get(f"datasets/{name}/doubtful", **asked)

    def check(
        self,
        name: str,
        version: int | None = None,
        target: str | None = None,
        split: Mapping[str, Any] | None = None,
    ) -> Json:
        """Look for repeated rows and doubtful values; with a target at its split and leaks."""
        how = json.dumps(dict(split)) if split else None
        return self._http.get(f"datasets/{name}/check", version=version, target=target, split=how)

    def samples(self) -> _list[Sample]:
        """List the real data that comes with Danlu."""
        return self._http.items("samples", Sample)

    def add_sample(self, chosen: str, name: str | None = None) -> Version:
        """Make a dataset of a sample, called like it unless named."""
        path = f"datasets/{name or chosen}/samples/{chosen}"
        self._finish(self._http.send("PUT", path)["job"])
        return self.show(name or chosen)

    def rejects(
        self, name: str, version: int | None = None, *, limit: int | None = None
    ) -> _list[Json]:
        """List the rows that could not be taken; the server names 1,000 at most."""
        found: _list[Json] = self._http.get(f"datasets/{name}/rejects", version=version)["items"]
        return found[:limit]

    def rows(
        self, name: str, version: int | None = None, *, limit: int = 50, offset: int = 0,
        short: bool = False,
    ) -> _list[Json]:  # fmt: skip
        """Show rows in the order they were added; ``short``: pictures as thumbnails."""
        cut = {"version": version, "limit": limit, "offset": offset, "short": short or None}
        found: _list[Json] = self._http.get(f"datasets/{name}/rows", **cut)["items"]
        return found

    def find(
        self, name: str, text: str, version: int | None = None, *, column: str | None = None,
        **cut: Any,
    ) -> Json:  # fmt: skip
        """Return the rows in which a cell (of one column) holds ``text``: ``{"rows", "count"}``."""
        asked = {"version": version, "column": column, **cut}
        found = self._http.get(f"datasets/{name}/rows", holds=text, **asked)
        return {"rows": found["items"], "count": found["count"]}

    def picture(self, name: str, column: str, row: int, version: int | None = None) -> bytes | None:
        """Return the file in a cell, by the number of its row from 0; None = it is missing."""
        path = f"datasets/{name}/pictures/{row}"
        return self._http.content(path, column=column, version=version) or None

    def _send(self, name: str, file: Path, wanted: Json) -> str:
        """Send a file, a large one in pieces; returns the job that imports it."""
        if file.stat().st_size > PIECE:
            taken = send_file(self._http, f"datasets/{name}/uploads", file, wanted)
            return str(taken["job"])
        query = {
            "time": wanted["time"],
            "kind": [f"{column}={kind}" for column, kind in wanted["kinds"].items()] or None,
            "accept_rejects": wanted["accept_rejects"] or None,
        }
        path = f"datasets/{name}/parts/{wanted['part']}"
        return str(self._http.upload(path, file, query)["job"])

    def _finish(self, job_id: str) -> None:
        def look() -> Job:
            return Job.model_validate(self._http.get(f"jobs/{job_id}"))

        job = wait_until(look, lambda job: job.state in ("done", "failed", "cancelled"))
        if job.state != "done":
            raise error_of(job.cause or {"title": f"the import was {job.state}"})
