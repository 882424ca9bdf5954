"""Importing: a file becomes a part, the part a dataset's next version; whole or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import Field

from danlu.data.dataset import Schema
from danlu.errors import ConflictError, DataError, TrainingError
from danlu.execute.base import Call
from danlu.params import Params
from danlu.store.records import Dataset, Json, Part, Version
from danlu.workspace.place import Place

IMPORT = "danlu.data.job:run"
TRIES = 5


class Addition(Params):
    """A file to add to a dataset."""

    name: str
    """The dataset's."""
    source: Path
    part: str
    time: str | None = None
    kinds: dict[str, str] = Field({})
    accept_rejects: bool = False
    chosen_by: str | None = None
    """`deployment/model@version` when our own model chose these rows."""


def silent(event: Json) -> None:
    """Report to nobody."""


def add_part(
    place: Place, addition: Addition, *, scratch: str, stop: Callable[[], bool],
    report: Callable[[Json], None] = silent,
) -> Json:  # fmt: skip
    """Import a file as the next part: ``{"version", "known"?: the part with the same bytes}``."""
    folder = place.home / "tmp" / scratch
    try:
        for _ in range(TRIES):
            found = _try_import(place, addition, folder, stop=stop, report=report)
            if found is not None:
                return found
        raise ConflictError(
            "others keep adding to this dataset", where=f"dataset '{addition.name}'",
            do="Try again when they are done.",
        )  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _try_import(
    place: Place, addition: Addition, folder: Path, *, stop: Callable[[], bool],
    report: Callable[[Json], None],
) -> Json | None:  # fmt: skip
    """Import once; None when the dataset moved on meanwhile."""
    name, before = addition.name, newest(place, addition.name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    args = _arguments(place, addition, before, folder)
    answer = carry_out(place, IMPORT, args, stop=stop, report=report)
    found = answer["imported"]
    known = _known(before, str(found["source_sha256"]))
    if before is not None and known is not None:
        with place.store.begin(place.who) as tx:
            place.tell(tx, f"dataset/{name}", "known", {"part": known, "version": before.version})
        return {"version": before.version, "known": known}
    part = _keep(place, found, addition, before)
    version = next_version(
        place, name, before, part, schema=found["schema_"], profile=answer["profile"]
    )
    return {"version": version.version} if _record(place, before, version) else None


def newest(place: Place, name: str) -> Version | None:
    """Return the newest version of a dataset, None while there is none."""
    with place.store.begin(place.who, write=False) as tx:
        dataset = tx.find(Dataset, name)
        return None if dataset is None else tx.get(Version, name, dataset.version)


def part_name(asked: str, before: Version | None) -> str:
    """Return the part's name, numbered when another file had it already."""
    taken = {part.name for part in before.parts} if before else set()
    numbered = (asked if n == 1 else f"{asked}:{n}" for n in range(1, len(taken) + 2))
    return next(name for name in numbered if name not in taken)


def next_version(
    place: Place, name: str, before: Version | None, part: Part, *, schema: Json, profile: Json
) -> Version:
    """Make the version that follows ``before`` by one part."""
    parts = (*(before.parts if before else ()), part)
    return Version(
        project=place.who.project, name=name, version=before.version + 1 if before else 1,
        parts=parts, rows=sum(p.rows for p in parts), schema_=schema, profile=profile,
        hash=hash_of(schema, parts), created_at=place.now(),
    )  # fmt: skip


def hash_of(schema: Json, parts: Sequence[Part]) -> str:
    """Return the identity of the data: its columns and the bytes of its parts."""
    told = json.dumps([schema, [p.sha256 for p in parts]], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _arguments(place: Place, addition: Addition, before: Version | None, folder: Path) -> Json:
    """Say what to import, and hold a later part to the schema of the first."""
    if before is not None:
        schema = Schema.model_validate(before.schema_)
        changed = [c for c, said in addition.kinds.items() if not schema.column(c).is_as(said)]
        if changed or addition.time not in (None, schema.time):
            raise DataError(
                "an added part keeps the schema of the first one", code="schema_fixed",
                where=f"dataset '{before.name}'", column=changed[0] if changed else addition.time,
                do="Leave out time and kinds, or make a new dataset.",
            )  # fmt: skip
    earlier = [str(place.blobs.path(p.sha256)) for p in before.parts] if before else []
    return {
        "source": str(addition.source), "folder": str(folder), "time": addition.time,
        "kinds": addition.kinds, "schema": before.schema_ if before else None, "before": earlier,
        "accept_rejects": addition.accept_rejects,
    }  # fmt: skip


def carry_out(
    place: Place, run: str, args: Json, *, stop: Callable[[], bool], report: Callable[[Json], None]
) -> Json:
    """Run a job of `danlu.data` in a worker; end it when told to stop."""
    handle = place.hands.executor().submit(Call(run=run, args=args), report)
    while True:
        try:
            return handle.wait(timeout_s=0.5)
        except TimeoutError:
            if stop():
                handle.cancel()
                raise TrainingError("the import was stopped", code="cancelled") from None


def _known(before: Version | None, source_sha256: str) -> str | None:
    """Name the part that came from the very same bytes."""
    parts = before.parts if before else ()
    return next((p.name for p in parts if p.source_sha256 == source_sha256), None)


def _keep(place: Place, found: Json, addition: Addition, before: Version | None) -> Part:
    """Put the part's files among the blobs, before any row names them."""
    rejects = found.get("rejects")
    return Part(
        name=part_name(addition.part, before), sha256=place.blobs.put_file(Path(found["parquet"])),
        source_sha256=found["source_sha256"], rows=found["rows"], rejected=found["rejected"],
        rejects_sha256=place.blobs.put_file(Path(rejects)) if rejects else None,
        chosen_by=addition.chosen_by,
    )  # fmt: skip


def _record(place: Place, before: Version | None, version: Version) -> bool:
    """Write version and pointer, unless somebody else added a part meanwhile."""
    with place.store.begin(place.who) as tx:
        dataset = tx.find(Dataset, version.name)
        if (dataset.version if dataset else None) != (before.version if before else None):
            return False
        tx.insert(version)
        if dataset is None:
            tx.insert(
                Dataset(
                    project=version.project, name=version.name, version=version.version,
                    time=version.schema_.get("time"), created_at=version.created_at,
                )
            )  # fmt: skip
        else:
            tx.replace(dataset.model_copy(update={"version": version.version}))
        place.tell(
            tx,
            f"dataset/{version.name}",
            "version",
            {"version": version.version, "rows": version.rows},
        )
        return True
