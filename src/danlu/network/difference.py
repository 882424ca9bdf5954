"""Difference: what changed between two networks, node by node, renames told from removals.

The page compares in the same way (`web/src/document/compare.ts`); one list of examples holds both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import Field

from danlu.network.graph import Json
from danlu.params import Params

Scope = str | None
USUAL = {"params": {}, "in": {}, "choices": {}, "repeat": 1, "shared": False, "enabled": True,
         "frozen": False}  # fmt: skip
"""Fields of a node that say nothing when they say this."""


class Side(Params):
    """Which network is meant: a document, a saved network, or that of an experiment or trial."""

    document: Json | None = None
    space: Json = Field(default_factory=dict)
    network: str | None = None
    version: int | None = None
    """Default: the newest."""
    experiment: str | None = None
    trial: int | None = None
    """With its values put in; default: the network that was searched over."""


def compare(before: Json, after: Json, spaces: tuple[Json, Json] = ({}, {})) -> Json:
    """Return ``{"nodes", "ranges", "same"}`` of two documents and their spaces.

    A node is ``{"scope", "name", "kind", "was"?, "fields"}``; ``kind`` is added, removed, changed
    or renamed. What merely reads a renamed node is not changed.

    >>> one = {"inputs": {"t": {}}, "outputs": {"y": "a"},
    ...     "nodes": {"a": {"op": "dense", "params": {"units": 4}, "in": {"x": "t"}}}}
    >>> two = {**one, "outputs": {"y": "b"}, "nodes": {"b": one["nodes"]["a"]}}
    >>> compare(one, two)["nodes"]
    [{'scope': None, 'name': 'b', 'kind': 'renamed', 'was': 'a', 'fields': []}]
    """
    scopes = dict.fromkeys([None, *before.get("blocks", {}), *after.get("blocks", {})])
    found = [change for scope in scopes for change in _scope(before, after, scope)]
    names = {c["was"]: c["name"] for c in found if c["kind"] == "renamed" and c["scope"] is None}
    ends = _fields(_ends(before, names), _ends(after, {}))
    found += [_change(None, end["field"], "changed", [end]) for end in ends]
    ranges = _fields(_renamed(spaces[0], names), spaces[1])
    return {"nodes": found, "ranges": ranges, "same": not found and not ranges}


def _scope(before: Json, after: Json, scope: Scope) -> list[Json]:
    """Return the changes in the network itself or in a block."""
    old, new = _nodes(before, scope), _nodes(after, scope)
    was = _pairs(old, new)
    names = {there: here for here, there in was.items()}
    gone = [name for name in old if name not in new and name not in names]
    found = [_change(scope, name, "removed") for name in gone]
    for name, node in new.items():
        earlier = old.get(was.get(name, name))
        if earlier is None:
            found.append(_change(scope, name, "added"))
            continue
        fields = _fields(_flat(earlier, names), _flat(node, {}))
        if name in was:
            found.append({**_change(scope, name, "renamed", fields), "was": was[name]})
        elif fields:
            found.append(_change(scope, name, "changed", fields))
    return [_in_order(change) for change in found] + _block(before, after, scope, names)


def _block(before: Json, after: Json, scope: Scope, names: Mapping[str, str]) -> list[Json]:
    """Return what changed of a block beside its nodes; of one that came or went, that it did."""
    if scope is None:
        return []
    old, new = (d.get("blocks", {}).get(scope) for d in (before, after))
    if old is None or new is None:
        return [_change(None, scope, "removed" if new is None else "added")]
    reads = {"inputs": ["x"]}  # what a block reads unless it says
    said = {**reads, **old, "output": names.get(old.get("output"), old.get("output"))}
    fields = [f for f in _fields(said, {**reads, **new}) if f["field"] != "nodes"]
    return [_change(None, scope, "changed", fields)] if fields else []


def _nodes(document: Json, scope: Scope) -> Json:
    owner = document if scope is None else document.get("blocks", {}).get(scope, {})
    nodes: Json = owner.get("nodes", {})
    return nodes


def _pairs(old: Json, new: Json) -> dict[str, str]:
    """Match new names with the old ones: the same body first, then the same op, fed alike."""
    gone = [name for name in old if name not in new]
    come = [name for name in new if name not in old]
    found: dict[str, str] = {}
    rules: tuple[Callable[[Json], Any], ...] = (_body, _place)
    for rule in rules:
        for there in [n for n in gone if n not in found.values()]:
            free = (n for n in come if n not in found and rule(new[n]) == rule(old[there]))
            here = next(free, None)
            if here is not None:
                found[here] = there
    return found


def _body(node: Json) -> Json:
    return {key: value for key, value in node.items() if key != "in"}


def _place(node: Json) -> tuple[Any, ...]:
    return (node.get("op"), node.get("block"), node.get("in", {}))


def _flat(node: Json, names: Mapping[str, str]) -> Json:
    """Return the fields of a node side by side, edges under their new names."""
    own = {k: v for k, v in node.items() if k not in ("params", "in") and USUAL.get(k, ...) != v}
    if own.get("tied") in names:
        own["tied"] = names[own["tied"]]
    edges = {f"in.{port}": _edges(given, names) for port, given in node.get("in", {}).items()}
    return {**own, **node.get("params", {}), **edges}


def _edges(given: str | Iterable[str], names: Mapping[str, str]) -> Any:
    if isinstance(given, str):
        return names.get(given, given)
    return [names.get(one, one) for one in given]


def _ends(document: Json, names: Mapping[str, str]) -> Json:
    outputs = {key: names.get(node, node) for key, node in document.get("outputs", {}).items()}
    return {**outputs, **{f"input {k}": v for k, v in document.get("inputs", {}).items()}}


def _renamed(space: Json, names: Mapping[str, str]) -> Json:
    """Return a space with its keys under the new names of their nodes."""
    pairs = ((*key.partition("."), value) for key, value in space.items())
    return {f"{names.get(node, node)}{dot}{rest}": value for node, dot, rest, value in pairs}


def _fields(before: Json, after: Json) -> list[Json]:
    """List the keys whose values differ; what is not there has no ``from`` or no ``to``."""
    found = []
    for key in dict.fromkeys([*before, *after]):
        if before.get(key, ...) == after.get(key, ...):
            continue
        change: Json = {"field": key}
        change |= {"from": before[key]} if key in before else {}
        change |= {"to": after[key]} if key in after else {}
        found.append(change)
    return found


def _change(scope: Scope, name: str, kind: str, fields: Iterable[Json] = ()) -> Json:
    return {"scope": scope, "name": name, "kind": kind, "fields": list(fields)}


def _in_order(change: Json) -> Json:
    """Put ``was`` before the fields, as a person reads it."""
    return {k: change[k] for k in ("scope", "name", "kind", "was", "fields") if k in change}
