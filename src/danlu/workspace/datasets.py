"""Datasets: named typed tables; a file becomes a part, every part a new version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from danlu.data.raw import present
from danlu.errors import DataError
from danlu.store.records import Dataset, Job, Json, Version
from danlu.workspace.line import Line
from danlu.workspace.place import Place, check_name

ROWS = "danlu.data.job:rows"
MOST_REJECTS = 1000


class Datasets:
    """The datasets of a project."""

    def __init__(self, place: Place, line: Line) -> None:
        self._place, self._line = place, line

    def add(self, name: str, *paths: Path | str, **options: Any) -> Version:
        """Import files: the first makes the dataset, each further one its next version.

        Options: ``time`` (the time column) and ``kinds`` ({column: kind}) for the first file,
        ``part`` (what to call it), ``accept_rejects``. A file imported twice is recognised by its
        bytes and changes nothing.
        """
        for file in present(paths):
            self._line.finish(self._submit(name, file, options))
        return self.show(name)

    def receive(self, name: str, source: Path, **options: Any) -> Job:
        """Queue the import of an uploaded file, which the job deletes; options as in ``add``."""
        return self._submit(name, source, {**options, "delete": True})

    def show(self, name: str, version: int | None = None) -> Version:
        """Return one version (the newest) with its columns, parts and profile."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            dataset = tx.get(Dataset, name)
            return tx.get(Version, name, version or dataset.version)

    def rejects(self, name: str, version: int | None = None) -> list[Json]:
        """List the rows that could not be taken: part, line, column, reason, text."""
        found: list[Json] = []
        for part in self.show(name, version).parts:
            if part.rejects_sha256 is not None:
                with self._place.blobs.path(part.rejects_sha256).open("rb") as lines:
                    found += [{"part": part.name, **json.loads(line)} for line in lines]
            if len(found) >= MOST_REJECTS:
                break
        return found[:MOST_REJECTS]

    def rows(self, name: str, version: int | None = None, *, limit: int = 50) -> list[Json]:
        """Return the first rows as JSON."""
        shown = self.show(name, version)
        parts = [str(self._place.blobs.path(part.sha256)) for part in shown.parts]
        args = {"parts": parts, "schema": shown.schema_, "limit": limit, "offset": 0}
        rows: list[Json] = self._place.ask(ROWS, args)["rows"]
        return rows

    def _submit(self, name: str, source: Path, options: Mapping[str, Any]) -> Job:
        unknown = sorted(set(options) - {"time", "kinds", "part", "accept_rejects", "delete"})
        if unknown:
            raise DataError(f"an import has no option '{unknown[0]}'", code="option_unknown")
        args = {
            "name": check_name(name, "a dataset"), "source": str(source),
            "part": options.get("part") or source.name, "time": options.get("time"),
            "kinds": dict(options.get("kinds") or {}),
            "accept_rejects": bool(options.get("accept_rejects")),
            "delete": bool(options.get("delete")),
        }  # fmt: skip
        return self._line.submit("import", args)

    def list(self) -> list[Dataset]:
        """List the datasets, newest first."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            return tx.all(Dataset, newest=True)
