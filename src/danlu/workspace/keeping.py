"""Keeping: answers about what never changes are worked out once; the cache may be deleted."""

from __future__ import annotations

import hashlib
import json

from danlu.data.durable import write_atomically
from danlu.store.records import Json
from danlu.workspace.place import Place

FORMAT = 1


def ask_once(place: Place, run: str, args: Json) -> Json:
    """Read what was answered before, else ask where torch lives and keep it."""
    text = json.dumps([FORMAT, run, args], sort_keys=True, default=str)
    folder = place.home / "cache" / "examined"
    file = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"
    if file.exists():
        known: Json = json.loads(file.read_text("utf-8"))
        return known
    found = place.ask(run, args)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(file, json.dumps(found, ensure_ascii=False).encode())
    return found
