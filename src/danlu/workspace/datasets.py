"""Datasets: named typed tables; a file becomes a part, every part a new version."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from danlu.data.bundled import SAMPLES, Sample, sample
from danlu.data.folder import as_file
from danlu.data.raw import present
from danlu.data.split import Split
from danlu.errors import DataError
from danlu.store.records import Dataset, Job, Json, Version
from danlu.workspace.correcting import Correction
from danlu.workspace.keeping import ask_once
from danlu.workspace.line import Line
from danlu.workspace.place import Place, check_name
from danlu.workspace.relabelling import Relabelling, changes, labels_of
from danlu.workspace.versions import changed, drift

ROWS, CELL = "danlu.data.job:rows", "danlu.data.job:cell"
DOUBTS = "danlu.data.doubts:run"
LOOK = "danlu.experiment.look:run"
DOUBTFUL = "danlu.experiment.doubtful:run"
MOST_REJECTS = 1000
Most = Path | Sample | Correction | Relabelling
"""What can make a next version."""
_list = list


class Datasets:
    """The datasets of a project."""

    def __init__(self, place: Place, line: Line) -> None:
        self._place, self._line = place, line

    def add(self, name: str, *paths: Path | str, **options: Any) -> Version:
        """Import files: the first makes the dataset, each further one its next version.

        A folder is taken for one file: its pictures, with the folder of each as its label.

        Options: ``time`` (the time column) and ``kinds`` ({column: kind}) for the first file,
        ``part`` (what to call it), ``accept_rejects``. A file imported twice is recognised by its
        bytes and changes nothing.
        """
        for path in present(paths):
            with as_file(path, self._place.home / "tmp") as file:
                self._line.finish(self._submit(name, file, options))
        return self.show(name)

    def receive(self, name: str, source: Most, **options: Any) -> Job:
        """Queue what makes the next version: a sample, a correction, labels, or an uploaded file.

        The job deletes the file; options as in ``add``.
        """
        if isinstance(source, Sample):
            known = {"time": source.time, "kinds": source.kinds}
            return self._submit(name, source.path, known)
        if isinstance(source, Correction):
            self.show(name)
            asked = {"name": name, "correct": source.model_dump(mode="json")}
            return self._line.submit("import", asked)
        if isinstance(source, Relabelling):
            self.show(name, source.version)
            asked = {"name": name, "relabel": source.model_dump(mode="json")}
            return self._line.submit("import", asked)
        return self._submit(name, source, {**options, "delete": True})

    def show(self, name: str, version: int | None = None) -> Version:
        """Return one version (the newest) with its columns, parts and profile."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            dataset = tx.get(Dataset, name)
            return tx.get(Version, name, version or dataset.version)

    def versions(self, name: str) -> _list[Json]:
        """List the versions, newest first: rows, rejected, and what changed with each."""
        with self._place.store.begin(self._place.who, write=False) as tx:
            dataset = tx.get(Dataset, name)
            found = tx.all(Version, project=dataset.project, name=name)
        found.sort(key=lambda version: version.version)
        lines = [
            {
                "version": v.version, "rows": v.rows, "parts": len(v.parts),
                "rejected": sum(part.rejected for part in v.parts), "created_at": v.created_at,
                "changed": changed(before, v),
            }
            for before, v in zip([None, *found], found, strict=False)
        ]  # fmt: skip
        return lines[::-1]

    def profile(self, name: str, version: int | None = None, against: int | None = None) -> Json:
        """Describe the columns of a version; ``against`` another (the one before): their drift.

        ``{"version", "profile", "drift": {"against", "compared", "rows", "columns"} or None}``.
        """
        shown = self.show(name, version)
        other = shown.version - 1 if against is None else against
        before = self.show(name, other) if other >= 1 and other != shown.version else None
        moved = drift(self._place, before, shown) if before else None
        return {"version": shown.version, "profile": shown.profile, "drift": moved}

    def correct(
        self, name: str, kinds: Mapping[str, str] | None = None, *, time: str | None = None,
        accept_rejects: bool = False,
    ) -> Version:  # fmt: skip
        """Set the kinds of columns, or the time column ("" = none): the next version."""
        asked = Correction(name=name, kinds=kinds or {}, time=time, accept_rejects=accept_rejects)
        self._line.finish(self.receive(name, asked))
        return self.show(name)

    def relabel(
        self, name: str, column: str, labels: Mapping[int, Any], *, version: int | None = None,
        note: str = "",
    ) -> Version:  # fmt: skip
        """Set the values of some rows by hand: the next version, which says who did and when.

        ``labels`` is {row: value}, rows counted from 0 as in ``version`` (the newest); None = the
        row has no value, and is not learnt from.
        """
        asked = Relabelling(
            name=name, version=version or self.show(name).version, column=column,
            labels=labels_of(labels), note=note,
        )  # fmt: skip
        self._line.finish(self.receive(name, asked))
        return self.show(name)

    def changes(self, name: str, version: int | None = None) -> _list[Json]:
        """List what was set by hand in a version: row, what it was, what it is."""
        return changes(self._place, self.show(name, version))

    def doubtful(
        self, name: str, target: str, version: int | None = None, *, limit: int = 100
    ) -> Json:
        """Name the rows whose label others like them contradict, the surest first.

        Trees learn on four fifths of the rows and judge the rest, in turn:
        ``{"target", "rows", "of", "every", "found", "classes", "cells", "cases"}``.
        """
        shown = self.show(name, version)
        args = {"parts": self._files(shown), "schema_": shown.schema_, "rows": shown.rows}
        found = ask_once(self._place, DOUBTFUL, {**args, "target": target})
        return {**found, "version": shown.version, "cases": found["cases"][:limit]}

    def check(
        self, name: str, version: int | None = None, target: str | None = None,
        split: Mapping[str, Any] | None = None,
    ) -> Json:  # fmt: skip
        """Look for repeated rows and doubtful values; with a target also at its split and leaks.

        ``split`` is one to try, as an experiment takes it; nothing = the usual one.
        ``{"duplicates", "doubts": [{"code", "column", "args"}], "target": {...} or None}``.
        """
        how = Split.of(split).model_dump(mode="json") if split else None
        shown = self.show(name, version)
        args = {"parts": self._files(shown), "schema_": shown.schema_}
        doubts = {**args, "profile": shown.profile, "now": self._place.now()}
        look = {**args, "rows": shown.rows, "target": target, "split": how}
        found = self._place.ask(DOUBTS, doubts)
        return {**found, "target": self._place.ask(LOOK, look) if target else None}

    def rejects(
        self, name: str, version: int | None = None, *, limit: int = MOST_REJECTS
    ) -> _list[Json]:
        """List the rows that could not be taken: part, line, column, reason, text."""
        found: _list[Json] = []
        for part in self.show(name, version).parts:
            if part.rejects_sha256 is not None:
                with self._place.blobs.path(part.rejects_sha256).open("rb") as lines:
                    found += [{"part": part.name, **json.loads(line)} for line in lines]
            if len(found) >= limit:
                break
        return found[:limit]

    def rows(
        self, name: str, version: int | None = None, *, limit: int = 50, offset: int = 0,
        short: bool = False,
    ) -> _list[Json]:  # fmt: skip
        """Return rows as JSON, in the order they were added; pictures are data URIs.

        ``short``: long texts are cut, pictures are thumbnails.
        """
        cut = {"limit": limit, "offset": offset, "short": short}
        found: _list[Json] = self._rows(name, version, **cut)["rows"]
        return found

    def find(
        self, name: str, text: str, version: int | None = None, *, column: str | None = None,
        **cut: Any,
    ) -> Json:  # fmt: skip
        """Return the rows in which a cell (of one column) holds ``text``: ``{"rows", "count"}``.

        ``limit``, ``offset`` and ``short`` as in ``rows``.
        """
        return self._rows(name, version, **cut, holds=text, column=column)

    def picture(self, name: str, column: str, row: int, version: int | None = None) -> bytes | None:
        """Return the file in a cell, by the number of its row from 0; None = it is missing."""
        shown = self.show(name, version)
        args = {"parts": self._files(shown), "schema": shown.schema_, "column": column, "row": row}
        held = self._place.ask(CELL, args)["base64"]
        return None if held is None else base64.b64decode(held)

    def samples(self) -> _list[Sample]:
        """List the real data that comes with Danlu."""
        return [*SAMPLES]

    def add_sample(self, chosen: str, name: str | None = None) -> Version:
        """Make a dataset of a sample, called like it unless named."""
        self._line.finish(self.receive(name or chosen, sample(chosen)))
        return self.show(name or chosen)

    def _rows(self, name: str, version: int | None, **cut: Any) -> Json:
        shown = self.show(name, version)
        args = {"parts": self._files(shown), "schema": shown.schema_, **cut}
        return self._place.ask(ROWS, args)

    def _files(self, version: Version) -> _list[str]:
        return [str(self._place.blobs.path(part.sha256)) for part in version.parts]

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
