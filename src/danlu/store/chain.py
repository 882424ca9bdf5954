"""Chain: every audit entry carries the hash of the one before, so a changed one shows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from danlu.store.records import Audit


def link(previous: str, entry: Audit) -> Audit:
    """Return the entry chained after the one whose hash is ``previous``."""
    chained = entry.model_copy(update={"previous": previous, "hash": ""})
    return chained.model_copy(update={"hash": hash_of(chained)})


def hash_of(entry: Audit) -> str:
    """Hash all of an entry but its own hash and its number."""
    text = entry.model_copy(update={"hash": "", "seq": 0}).model_dump_json()
    return hashlib.sha256(text.encode()).hexdigest()


def first_broken(entries: Iterable[Audit]) -> int | None:
    """Return the number of the first entry that does not follow from the one before it."""
    previous = ""
    for entry in entries:
        if entry.previous != previous or entry.hash != hash_of(entry):
            return entry.seq
        previous = entry.hash
    return None
