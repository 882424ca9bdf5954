"""Versions: what differs between two states of a dataset, and how far their rows lie apart."""

from __future__ import annotations

from danlu.data.dataset import Schema
from danlu.store.records import Json, Part, Version
from danlu.workspace.place import Place

DRIFT = "danlu.data.drift:run"


def changed(before: Version | None, after: Version) -> Json:
    """Say what changed: parts, rows, kinds ``{column: [was, is]}``, time, values set by hand."""
    was = _names(before.parts if before else ())
    parts = _names(after.parts)
    kinds = _kinds(before) if before else {}
    return {
        "parts": [name for name in parts if name not in was],
        "gone": [name for name in was if name not in parts],
        "rows": after.rows - (before.rows if before else 0),
        "kinds": {n: [kinds[n], k] for n, k in _kinds(after).items() if kinds.get(n, k) != k},
        "time": _time(before, after),
        "labels": {k: after.made[k] for k in ("by", "column", "rows", "note") if k in after.made},
    }  # fmt: skip


def _names(parts: tuple[Part, ...]) -> list[str]:
    return [part.name for part in parts]


def _kinds(version: Version) -> dict[str, str]:
    return {c["name"]: c["kind"] for c in version.schema_["columns"]}


def _time(before: Version | None, after: Version) -> list[str | None]:
    """Return the old and the new time column; nothing when it is the same."""
    if before is None or before.schema_.get("time") == after.schema_.get("time"):
        return []
    return [before.schema_.get("time"), after.schema_.get("time")]


def drift(place: Place, before: Version, after: Version) -> Json:
    """Compare the rows that came with ``after``, or all of it, with those of ``before``.

    ``{"against", "compared": "new" | "all", "rows", "columns": [...], "kinds"}``.
    """
    known = {part.sha256 for part in before.parts}
    parts = [part for part in after.parts if part.sha256 not in known]
    is_longer = before.parts == after.parts[: len(before.parts)] and parts
    used = parts if is_longer else after.parts
    kinds, schema = _kinds(before), Schema.model_validate(after.schema_)
    same = [c for c in schema.columns if kinds.get(c.name) == c.kind]
    args = {
        "before": [str(place.blobs.path(part.sha256)) for part in before.parts],
        "after": [str(place.blobs.path(part.sha256)) for part in used],
        "profile": before.profile,
        "schema_": schema.model_copy(update={"columns": tuple(same)}).model_dump(mode="json"),
    }
    found = place.ask(DRIFT, args) if same else {"rows": 0, "columns": []}
    return {
        "against": before.version, "compared": "new" if is_longer else "all",
        "rows_before": before.rows, **found, "kinds": changed(before, after)["kinds"],
    }  # fmt: skip
