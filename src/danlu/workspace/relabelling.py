"""Relabelling: values set by hand; the dataset gets its next version, which says who did."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import Field

from danlu.errors import ConflictError, InvalidError
from danlu.params import Params
from danlu.store.records import Dataset, Json, Part, Version
from danlu.workspace.importing import carry_out, hash_of
from danlu.workspace.place import Place

RELABEL = "danlu.data.relabel:run"
MOST_LABELS = 10_000
"""Rows set by hand at once: more is another file."""


class Relabelling(Params):
    """What somebody says the values of some rows are."""

    name: str
    """The dataset's."""
    version: int
    """The version in which the rows were counted."""
    column: str
    labels: tuple[tuple[int, Any], ...] = Field(min_length=1, max_length=MOST_LABELS)
    """Row (from 0) and value; None = it has none, and is not learnt from."""
    note: str = Field("", max_length=500)
    """Why."""


def relabel(
    place: Place, asked: Relabelling, *, scratch: str, stop: Callable[[], bool],
    report: Callable[[Json], None],
) -> Json:  # fmt: skip
    """Make the version in which these rows have these values: ``{"version", "rows"}``."""
    with place.store.begin(place.who, write=False) as tx:
        counted = tx.get(Version, asked.name, asked.version)
        before = tx.get(Version, asked.name, tx.get(Dataset, asked.name).version)
    if before.made.get("job") == scratch:  # done already; whoever did it died before saying so
        return {"version": before.version, "rows": before.made["rows"]}
    _demand_same_rows(counted, before)
    with place.scratch(scratch) as folder:
        args = {
            "parts": [str(place.blobs.path(p.sha256)) for p in before.parts],
            "rows": [p.rows for p in before.parts], "folder": str(folder),
            "schema": before.schema_, "column": asked.column, "labels": asked.labels,
        }  # fmt: skip
        found = carry_out(place, RELABEL, args, stop=stop, report=report)
        version = _next(place, before, asked, found, folder)
        version = version.model_copy(update={"made": {**version.made, "job": scratch}})
        _record(place, before, version)
        return {"version": version.version, "rows": len(found["changes"])}


def changes(place: Place, version: Version) -> list[Json]:
    """List what was set by hand in a version: row, what it was, what it is."""
    kept = version.made.get("changes_sha256")
    if not kept:
        return []
    with place.blobs.path(kept).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def is_relabelled(before: Version, after: Version) -> bool:
    """Tell whether ``after`` begins with the same rows in the same order, values apart."""
    told = [(part.source_sha256, part.rows) for part in before.parts]
    return [(part.source_sha256, part.rows) for part in after.parts[: len(told)]] == told


def _demand_same_rows(counted: Version, newest: Version) -> None:
    """Refuse when row numbers of one version mean other rows in the newest."""
    if not is_relabelled(counted, newest):
        raise ConflictError(
            f"the rows of version {counted.version} are not those of version {newest.version}",
            code="rows_moved", where=f"dataset '{newest.name}'",
            do="Look at the newest version, and name its rows.",
            version=counted.version, newest=newest.version,
        )  # fmt: skip


def _next(place: Place, before: Version, asked: Relabelling, found: Json, folder: Path) -> Version:
    """Put the parts written anew and the list of changes among the blobs."""
    written = {int(at): Path(file) for at, file in found["parts"].items()}
    parts = tuple(_part(place, part, written.get(at)) for at, part in enumerate(before.parts))
    lines = folder / "changes.jsonl"
    told = (json.dumps(change, ensure_ascii=False) + "\n" for change in found["changes"])
    lines.write_text("".join(told), "utf-8")
    made = {
        "by": place.who.name, "column": asked.column, "rows": len(found["changes"]),
        "note": asked.note, "of": before.version, "changes_sha256": place.blobs.put_file(lines),
    }  # fmt: skip
    return before.model_copy(
        update={
            "version": before.version + 1, "parts": parts, "profile": found["profile"],
            "hash": hash_of(before.schema_, parts), "made": made, "created_at": place.now(),
        }
    )  # fmt: skip


def _part(place: Place, part: Part, file: Path | None) -> Part:
    return part if file is None else part.model_copy(update={"sha256": place.blobs.put_file(file)})


def _record(place: Place, before: Version, version: Version) -> None:
    """Write version and pointer, and into the trail who set what."""
    with place.store.begin(place.who) as tx:
        dataset = tx.get(Dataset, version.name)
        if dataset.version != before.version:
            raise ConflictError(
                "the dataset got another version meanwhile", code="rows_moved",
                where=f"dataset '{version.name}'", do="Look at it, then set the values again.",
                version=before.version, newest=dataset.version,
            )  # fmt: skip
        tx.insert(version)
        tx.replace(dataset.model_copy(update={"version": version.version}))
        subject, body = f"dataset/{version.name}", {"version": version.version}
        place.note(tx, "relabel", subject, {**body, **version.made})
        place.tell(tx, subject, "version", {**body, "rows": version.rows})


def labels_of(given: Any) -> tuple[tuple[int, Any], ...]:
    """Read ``{row: value}``; each row has one value."""
    try:
        return tuple((int(row), value) for row, value in dict(given).items())
    except (TypeError, ValueError) as error:
        raise InvalidError(
            "rows are not numbers", code="row_unknown", do="Give {row: value}, rows from 0."
        ) from error
