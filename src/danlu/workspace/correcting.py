"""Correcting: kinds set by hand; every part is read anew and the dataset gets its next version."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import Field

from danlu.errors import ConflictError, NotFoundError
from danlu.params import Params
from danlu.store.records import Dataset, Json, Part, Version
from danlu.workspace.importing import carry_out, hash_of, newest
from danlu.workspace.place import Place

RETYPE = "danlu.data.retype:run"


class Correction(Params):
    """What a person says the columns are."""

    name: str
    """The dataset's."""
    kinds: dict[str, str] = Field(default_factory=dict)
    time: str | None = None
    """Another time column; "" = none any more; None = as it was."""
    accept_rejects: bool = False


def correct(
    place: Place, asked: Correction, *, scratch: str, stop: Callable[[], bool],
    report: Callable[[Json], None],
) -> Json:  # fmt: skip
    """Make the version in which the columns are what the person says: ``{"version"}``."""
    before = newest(place, asked.name)
    if before is None:
        raise NotFoundError(f"no dataset '{asked.name}'", kind="dataset", do="Import a file first.")
    with place.scratch(scratch) as folder:
        args = {
            "parts": [str(place.blobs.path(p.sha256)) for p in before.parts],
            "names": [p.name for p in before.parts], "folder": str(folder),
            "schema": before.schema_, "kinds": asked.kinds, "time": asked.time,
            "accept_rejects": asked.accept_rejects,
        }  # fmt: skip
        found = carry_out(place, RETYPE, args, stop=stop, report=report)
        pairs = zip(before.parts, found["parts"], strict=True)
        parts = tuple(_keep(place, part, again, folder) for part, again in pairs)
        version = before.model_copy(
            update={
                "version": before.version + 1, "parts": parts, "rows": sum(p.rows for p in parts),
                "schema_": found["schema"], "profile": found["profile"],
                "hash": hash_of(found["schema"], parts), "made": {}, "created_at": place.now(),
            }
        )  # fmt: skip
        _record(place, before, version)
        return {"version": version.version, "rejected": _rejected(version) - _rejected(before)}


def _rejected(version: Version) -> int:
    return sum(part.rejected for part in version.parts)


def _keep(place: Place, part: Part, again: Json, folder: Path) -> Part:
    """Put the part read anew among the blobs; earlier rejects stay, new ones follow them."""
    rejects = part.rejects_sha256
    if again["rejects"]:
        earlier = place.blobs.path(rejects).read_bytes() if rejects else b""
        both = folder / "rejects.jsonl"
        both.write_bytes(earlier + Path(again["rejects"]).read_bytes())
        rejects = place.blobs.put_file(both)
    return part.model_copy(
        update={
            "sha256": place.blobs.put_file(Path(again["parquet"])), "rows": again["rows"],
            "rejected": part.rejected + again["rejected"], "rejects_sha256": rejects,
        }
    )  # fmt: skip


def _record(place: Place, before: Version, version: Version) -> None:
    """Write version and pointer, unless somebody else made a version meanwhile."""
    with place.store.begin(place.who) as tx:
        dataset = tx.get(Dataset, version.name)
        if dataset.version != before.version:
            raise ConflictError(
                "the dataset got another version meanwhile", where=f"dataset '{version.name}'",
                do="Look at it, then correct the kinds again.",
            )  # fmt: skip
        tx.insert(version)
        told = {"version": version.version, "time": version.schema_.get("time")}
        tx.replace(dataset.model_copy(update=told))
        body = {"version": version.version, "rows": version.rows}
        place.tell(tx, f"dataset/{version.name}", "version", body)
