"""Drafts: one a network; who writes says which state of it they have seen."""

from __future__ import annotations

from danlu.errors import ConflictError
from danlu.store.records import Json, Network, NetworkDraft, NetworkDraftLine
from danlu.store.transaction import Transaction


def find(tx: Transaction, name: str) -> NetworkDraft | None:
    """Return the draft of a network, None where nothing is being drawn."""
    found = tx.find(NetworkDraft, name)
    return found if found is not None and found.document else None


def lines(tx: Transaction) -> list[NetworkDraftLine]:
    """List the drafts of the project, the last written first."""
    found = [one for one in tx.all(NetworkDraft) if one.document]
    found.sort(key=lambda one: one.at, reverse=True)
    return [
        NetworkDraftLine(
            name=one.name, revision=one.revision, on=one.on, by=one.by, at=one.at,
            nodes=len(one.document["nodes"]),
        )
        for one in found
    ]  # fmt: skip


def write(tx: Transaction, draft: NetworkDraft, *, began: int | None) -> NetworkDraft:
    """Put a drawing in the place of the one its writer has seen, and return it with its number.

    ``began`` is that one's number, 0 for none: ConflictError ``draft_conflict`` if others drew
    since, with theirs; None to write over whatever is there. What is there already is not written
    again, so that a write may be repeated when its answer was lost.
    """
    before = find(tx, draft.name)
    if before is not None and _is_same(before, draft):
        return before
    _demand_seen(before, draft.name, began)
    row = tx.find(NetworkDraft, draft.name)
    made = draft.model_copy(update={"revision": row.revision + 1 if row else 1})
    return tx.replace(made) if row else tx.insert(made)


def drop(tx: Transaction, name: str, *, began: int | None) -> bool:
    """Empty the draft its writer has seen; tell whether there was one."""
    before = find(tx, name)
    if before is None:
        return False
    _demand_seen(before, name, began)
    tx.replace(before.model_copy(update={"document": {}, "space": {}, "layout": {}}))
    return True


def end(tx: Transaction, saved: Network, drawn: Json) -> None:
    """Empty the draft that a version now holds; a drawing beyond it stays."""
    draft = find(tx, saved.name)
    held = (drawn, saved.space, saved.layout)
    if draft is not None and (draft.document, draft.space, draft.layout) == held:
        drop(tx, saved.name, began=None)


def _is_same(one: NetworkDraft, other: NetworkDraft) -> bool:
    return (one.on, one.document, one.space, one.layout) == (
        other.on, other.document, other.space, other.layout,
    )  # fmt: skip


def _demand_seen(there: NetworkDraft | None, name: str, began: int | None) -> None:
    number = there.revision if there else 0
    if began is None or began == number:
        return
    who = f"'{there.by}' has drawn on it since" if there else "it was saved or dropped since"
    raise ConflictError(
        who, code="draft_conflict", where=f"the draft of network '{name}'",
        do="Join both drawings, and write on that number.", revision=number, began=began,
        draft=there.model_dump(mode="json") if there else None,
    )  # fmt: skip
