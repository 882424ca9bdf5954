"""Fixes: small edits of a network document as JSON Patch, each one click."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import JsonValue

from danlu.network.graph import RECIPE, Network, Node
from danlu.network.laws.analysis import Fix, Json, Patch


class Edge(NamedTuple):
    """Where an edge ends, and which name it comes from."""

    node: str
    port: str
    position: int
    source: str


class Scope(NamedTuple):
    """One place in which names mean something: the document, or one of its blocks."""

    block: str | None
    nodes: Mapping[str, Node]
    inputs: tuple[str, ...]
    outputs: Mapping[str, str]
    """Of a block its only one, called "output"."""


def scopes(network: Network) -> Iterator[Scope]:
    """Yield the document, then its blocks."""
    yield Scope(None, network.nodes, tuple(network.inputs), network.outputs)
    for name, block in network.blocks.items():
        yield Scope(name, block.nodes, block.inputs, {"output": block.output})


class Draft:
    """One scope under repair: as it was written, and as it was read."""

    def __init__(self, written: Json, scope: Scope) -> None:
        self.scope = scope
        self._at: tuple[str, ...] = () if scope.block is None else ("blocks", scope.block)
        self.written = written if scope.block is None else written["blocks"][scope.block]
        self.readers: dict[str, list[str]] = {}  # of what is read at all
        for name, node in scope.nodes.items():
            for source in dict.fromkeys(node.sources()):
                self.readers.setdefault(source, []).append(name)
        for source in scope.outputs.values():
            self.readers.setdefault(source, [])

    def has(self, name: str) -> bool:
        """Whether something of this name can be read."""
        return name in self.scope.nodes or name in self.scope.inputs

    def connect(self, node: str, port: str, source: str, *, many: bool) -> Fix:
        """Add an edge to an open port."""
        value: JsonValue = [source] if many else source
        patch = [self._set_in(node, {port: value})]
        args: dict[str, JsonValue] = {"node": node, "port": port, "source": source}
        return Fix(code="connect", args=args, title=f"connect '{source}'", patch=patch)

    def redirect(self, edge: Edge, source: str) -> Fix:
        """Let an edge come from elsewhere."""
        patch = [self._replace(edge, source)]
        args: dict[str, JsonValue] = {"node": edge.node, "port": edge.port, "source": source}
        return Fix(code="connect", args=args, title=f"connect '{source}' instead", patch=patch)

    def insert(self, edge: Edge, op: str, port: str, params: dict[str, JsonValue]) -> Fix:
        """Put a new node on an edge."""
        name = self._free(op)
        node = _node(op, params, {port: edge.source})
        patch = [self._add(("nodes", name), node), self._replace(edge, name)]
        args: dict[str, JsonValue] = {"op": op, "node": edge.node, "name": name, "params": params}
        told = "".join(f", {k} {v}" for k, v in params.items())
        return Fix(code="insert", args=args, title=f"insert {op}{told}", patch=patch)

    def gather(self, node: str, port: str, sources: list[str]) -> Fix:
        """Join several edges before a port that takes one."""
        name = self._free("concat")
        new = _node("concat", {}, {"xs": list(sources)})
        patch = [self._add(("nodes", name), new), self._add(("nodes", node, "in", port), name)]
        args: dict[str, JsonValue] = {"op": "concat", "node": node, "name": name}
        return Fix(code="insert", args=args, title="insert concat", patch=patch)

    def crown(self, output: str, source: str, pool: str = "") -> Fix:
        """Put a head between the last node and an output; ``pool`` makes a vector of it first."""
        name, below, patch = self._free("head"), source, []
        if pool:
            below = self._free(pool)
            patch = [self._add(("nodes", below), _node(pool, {}, {"x": source}))]
        head = _node("dense", {"units": "target"}, {"x": below})
        patch += [self._add(("nodes", name), head), self._add(self._output(output), name)]
        args: dict[str, JsonValue] = {"op": "dense", "node": source, "name": name}
        return Fix(code="insert", args=args, title="add a dense head", patch=patch)

    def name_output(self, output: str, source: str) -> Fix:
        """Make a node the output."""
        args: dict[str, JsonValue] = {"output": output, "source": source}
        patch = [self._add(self._output(output), source)]
        return Fix(code="output", args=args, title=f"make '{source}' the output", patch=patch)

    def set_param(self, node: str, param: str, value: JsonValue) -> Fix:
        """Give a parameter a value that is allowed."""
        written = self.written["nodes"][node]
        patch = (
            [self._add(("nodes", node, "params", param), value)]
            if "params" in written
            else [self._add(("nodes", node, "params"), {param: value})]
        )
        args: dict[str, JsonValue] = {"node": node, "param": param, "value": value}
        return Fix(code="set_param", args=args, title=f"set '{param}' to {value}", patch=patch)

    def rename_param(self, node: str, old: str, new: str) -> Fix:
        """Move a value to the parameter that was meant."""
        value = self.scope.nodes[node].params[old]
        patch = [
            self._remove(("nodes", node, "params", old)),
            self._add(("nodes", node, "params", new), value),
        ]
        args: dict[str, JsonValue] = {"node": node, "param": old, "to": new}
        return Fix(code="rename_param", args=args, title=f"rename it '{new}'", patch=patch)

    def drop_param(self, node: str, param: str) -> Fix:
        """Remove a parameter that does not exist."""
        args: dict[str, JsonValue] = {"node": node, "param": param}
        patch = [self._remove(("nodes", node, "params", param))]
        return Fix(code="drop_param", args=args, title=f"remove '{param}'", patch=patch)

    def set_own(self, node: str, key: str, value: str) -> Fix:
        """Set a field of the node itself: which block it is, which choice is in force."""
        args: dict[str, JsonValue] = {"node": node, "param": key, "value": value}
        patch = [self._add(("nodes", node, key), value)]
        return Fix(code="set_param", args=args, title=f"set '{key}' to {value}", patch=patch)

    def set_op(self, node: str, op: str) -> Fix:
        """Change what a node does."""
        args: dict[str, JsonValue] = {"node": node, "op": op}
        patch = [self._add(("nodes", node, "op"), op)]
        return Fix(code="set_op", args=args, title=f"use {op}", patch=patch)

    def move_port(self, edge: Edge, port: str, *, many: bool) -> Fix:
        """Attach an edge to the port that was meant."""
        value: JsonValue = [edge.source] if many else edge.source
        at = ("nodes", edge.node, "in")
        patch = [self._remove((*at, edge.port)), self._add((*at, port), value)]
        args: dict[str, JsonValue] = {"node": edge.node, "port": edge.port, "to": port}
        return Fix(code="move_port", args=args, title=f"connect it to '{port}'", patch=patch)

    def disconnect(self, edge: Edge) -> Fix:
        """Remove an edge."""
        args: dict[str, JsonValue] = {
            "node": edge.node, "port": edge.port, "source": edge.source
        }  # fmt: skip
        title = f"disconnect '{edge.source}' from '{edge.node}'"
        return Fix(code="disconnect", args=args, title=title, patch=[self._remove(self._end(edge))])

    def enable(self, node: str) -> Fix:
        """Switch a node on again."""
        patch = [self._remove(("nodes", node, "enabled"))]
        return Fix(code="enable", args={"node": node}, title="switch it on", patch=patch)

    def remove(self, nodes: Iterable[str]) -> Fix:
        """Remove nodes that nobody reads."""
        names = sorted(nodes)
        patch = [self._remove(("nodes", name)) for name in names]
        args: dict[str, JsonValue] = {"nodes": list(names)}
        return Fix(code="remove", args=args, title=f"remove {', '.join(names[:5])}", patch=patch)

    def remove_input(self, name: str) -> Fix:
        """Remove an input that nobody reads."""
        place = name if self.scope.block is None else str(self.scope.inputs.index(name))
        patch = [self._remove(("inputs", place))]
        return Fix(code="remove", args={"nodes": [name]}, title=f"remove '{name}'", patch=patch)

    def rename(self, old: str, op: str) -> Fix:
        """Give a node a legal, free name, and its readers too."""
        new = self._free(op)
        patch: Patch = [
            {"op": "move", "from": self._path(("nodes", old)), "path": self._path(("nodes", new))}
        ]
        if old not in self.scope.inputs:  # else readers mean the input
            for name, node in self.scope.nodes.items():
                at = new if name == old else name
                patch += [
                    self._replace(Edge(at, port, i, old), new, written=name)
                    for port, i, source in node.edges()
                    if source == old
                ]
        ends = [o for o, source in self.scope.outputs.items() if source == old]
        patch += [self._add(self._output(output), new) for output in ends]
        args: dict[str, JsonValue] = {"node": old, "to": new}
        return Fix(code="rename", args=args, title=f"rename it '{new}'", patch=patch)

    def _free(self, stem: str) -> str:
        taken = {*self.scope.nodes, *self.scope.inputs, RECIPE}
        numbered = (f"{stem}_{i}" for i in itertools.count(1))
        return next(name for name in numbered if name not in taken)

    def _end(self, edge: Edge, *, written: str = "") -> tuple[str, ...]:
        """Return where in the document the source of an edge is written."""
        given = self.scope.nodes[written or edge.node].in_[edge.port]
        at = ("nodes", edge.node, "in", edge.port)
        return at if isinstance(given, str) else (*at, str(edge.position))

    def _replace(self, edge: Edge, source: str, *, written: str = "") -> Json:
        return {
            "op": "replace", "path": self._path(self._end(edge, written=written)), "value": source
        }  # fmt: skip

    def _set_in(self, node: str, ports: dict[str, JsonValue]) -> Json:
        if "in" not in self.written["nodes"][node]:
            return self._add(("nodes", node, "in"), ports)
        port, value = next(iter(ports.items()))
        return self._add(("nodes", node, "in", port), value)

    def _output(self, name: str) -> tuple[str, ...]:
        return ("outputs", name) if self.scope.block is None else ("output",)

    def _path(self, parts: tuple[str, ...]) -> str:
        """Return the JSON pointer of a place in this scope."""
        whole = (*self._at, *parts)
        return "".join("/" + p.replace("~", "~0").replace("/", "~1") for p in whole)

    def _add(self, parts: tuple[str, ...], value: JsonValue | Json) -> Json:
        return {"op": "add", "path": self._path(parts), "value": value}

    def _remove(self, parts: tuple[str, ...]) -> Json:
        return {"op": "remove", "path": self._path(parts)}


def _node(op: str, params: dict[str, JsonValue], edges: dict[str, Any]) -> Json:
    return {"op": op, **({"params": params} if params else {}), "in": edges}
