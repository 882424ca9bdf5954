"""Patches: JSON Patch applied to a document, as the page does when a fix is clicked."""

from __future__ import annotations

import copy
from typing import Any

Json = dict[str, Any]


def patched(document: Json, patch: list[Json]) -> Json:
    """Return the document after add, remove, replace and move operations (RFC 6902).

    >>> patched({"a": [1, 2]}, [{"op": "remove", "path": "/a/0"}])
    {'a': [2]}
    """
    root: Any = copy.deepcopy(document)
    for step in patch:
        if step["op"] == "move":
            owner, key = _at(root, step["from"])
            value = owner.pop(key)
        elif step["op"] == "remove":
            owner, key = _at(root, step["path"])
            owner.pop(key)
            continue
        else:
            value = copy.deepcopy(step["value"])
        owner, key = _at(root, step["path"])
        if step["op"] == "replace":
            _ = owner[key]  # it must be there
            owner[key] = value
        elif isinstance(owner, list):
            owner.insert(key, value)
        else:
            owner[key] = value
    found: Json = root
    return found


def _at(root: Any, path: str) -> tuple[Any, Any]:
    """Return the container that a pointer ends in, and the key or index in it."""
    parts = [p.replace("~1", "/").replace("~0", "~") for p in path.split("/")[1:]]
    for part in parts[:-1]:
        root = root[int(part)] if isinstance(root, list) else root[part]
    return root, int(parts[-1]) if isinstance(root, list) else parts[-1]
