"""History: every save of a network stays as a version; who saves says what they began with."""

from __future__ import annotations

from danlu.errors import ConflictError
from danlu.store.records import Network, NetworkVersion, NetworkVersionLine
from danlu.store.transaction import Transaction

UNTITLED = 100
"""How many versions without a title are kept of a network; those with one are always."""


def keep(
    tx: Transaction, network: Network, *, began: int | None, title: str = "", now: float
) -> Network:
    """Save a network as its next version and return it as it now stands.

    ``began`` is the revision the change began with: ConflictError ``revision_conflict`` if others
    saved since, None to save over whatever is there. What is there already is not saved again, so
    that a save may be repeated when its answer was lost.
    """
    before = tx.find(Network, network.name)
    there = before.revision if before else 0
    if before is not None and _is_same(before, network):
        if title:
            entitle(tx, network.name, there, title)
        return before
    if began is not None and began != there:
        raise ConflictError(
            f"it is at revision {there}, and this change began with {began}",
            code="revision_conflict", where=f"network '{network.name}'",
            do="Look at what was saved since, join both, and save on that revision.",
            revision=there, began=began,
        )  # fmt: skip
    created = before.created_at if before else now
    made = network.model_copy(update={"revision": there + 1, "created_at": created})
    saved = tx.replace(made) if before else tx.insert(made)
    version = {**saved.model_dump(), "created_at": now, "title": title, "by": tx.who.name}
    tx.insert(NetworkVersion.model_validate(version))
    _forget(tx, network.name)
    return saved


def versions(tx: Transaction, name: str) -> list[NetworkVersionLine]:
    """List the versions of a network, newest first; NotFoundError if there is no such network."""
    tx.get(Network, name)
    found = tx.all(NetworkVersion, newest=True, project=tx.who.project, name=name)
    return [
        NetworkVersionLine(
            revision=one.revision, title=one.title, by=one.by, hash=one.hash,
            nodes=len(one.document["nodes"]), ranges=len(one.space), created_at=one.created_at,
        )
        for one in found
    ]  # fmt: skip


def entitle(tx: Transaction, name: str, revision: int, title: str) -> NetworkVersion:
    """Give a version a title, or another one; without any it may be forgotten some day."""
    version = tx.get(NetworkVersion, tx.who.project, name, revision)
    return tx.replace(version.model_copy(update={"title": title}))


def _is_same(one: Network, other: Network) -> bool:
    return (one.hash, one.document, one.space, one.layout) == (
        other.hash, other.document, other.space, other.layout,
    )  # fmt: skip


def _forget(tx: Transaction, name: str) -> None:
    """Drop the oldest versions without a title beyond what is kept."""
    if tx.count(NetworkVersion, project=tx.who.project, name=name) <= UNTITLED:
        return
    untitled = [one for one in versions(tx, name) if not one.title]
    for one in untitled[UNTITLED:]:
        tx.delete(NetworkVersion, tx.who.project, name, one.revision)
