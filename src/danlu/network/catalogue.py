"""Catalogue: what the page, the docs and a space must know of every op, as JSON."""

from __future__ import annotations

from typing import Any

from danlu.network.graph import Network
from danlu.network.ops.base import Op, ops

Json = dict[str, Any]


def catalogue() -> list[Json]:
    """List every op: its title, search words, ports, and the schema of its parameters.

    >>> [op["kind"] for op in catalogue()][:3]
    ['activation', 'add', 'batch_norm']
    """
    return [_entry(name, op) for name, op in ops().all().items()]


def fields(network: Network) -> dict[str, Json]:
    """Return the JSON schema of every field of a network that may be searched.

    Keys are those of a space: "<node>.<param>", with its role, and "<node>.enabled".
    """
    found: dict[str, Json] = {}
    kinds = ops()
    for name, node in network.nodes.items():
        if node.op in kinds.names():
            properties = kinds.get(node.op).model_json_schema().get("properties", {})
            found |= {f"{name}.{field}": schema for field, schema in properties.items()}
        found[f"{name}.enabled"] = {"type": "boolean", "default": True, "role": "size"}
    return found


def _entry(name: str, op: type[Op]) -> Json:
    return {
        "kind": name,
        "title": op.title,
        "words": {language: list(words) for language, words in op.words.items()},
        "doc": (op.__doc__ or "").strip().split("\n", 1)[0],
        "group": op.group,
        "ports": [port.model_dump(mode="json") for port in op.ports],
        "fusible": op.fusible,
        "schema": op.model_json_schema(),
    }
