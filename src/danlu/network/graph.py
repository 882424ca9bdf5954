"""Network: nodes, ports and edges as a frozen document with a hash; no torch.

A network is always concrete: ranges live in a space, positions in a layout, shapes nowhere.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import ConfigDict, Field, JsonValue, StrictBool, StrictInt

from danlu.errors import NetworkError, nearest
from danlu.params import Params

Json = dict[str, Any]
FORMAT: Literal["danlu.network"] = "danlu.network"
VERSION = 1
RECIPE = "recipe"  # the first word of a recipe's key in a space, so never a node


class Selector(Params):
    """Which columns an input reads: by name, by kind, or (empty) all usable ones."""

    columns: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None


class Node(Params):
    """One step: an op, its parameters, and where each port gets its tensors.

    >>> Node(op="dense", params={"units": 8}, in_={"x": "table"}).sources()
    ['table']
    """

    model_config = ConfigDict(populate_by_name=True)

    op: str | None = None
    block: str | None = None
    """A reusable sub-network instead of an op."""
    params: dict[str, JsonValue] = Field({})
    in_: dict[str, str | tuple[str, ...]] = Field({}, alias="in")
    """Port to the name of an input or a node, or to several in order."""
    repeat: StrictInt = 1
    enabled: StrictBool = True
    """Off = its input passes unchanged; only where the type stays the same."""

    def edges(self) -> Iterator[tuple[str, int, str]]:
        """Yield (port, position, source) of every edge into this node."""
        for port, given in self.in_.items():
            for position, source in enumerate((given,) if isinstance(given, str) else given):
                yield port, position, source

    def sources(self) -> list[str]:
        """List the names this node reads."""
        return [source for _, _, source in self.edges()]


class Network(Params):
    """A document: named inputs, nodes and outputs.

    >>> net = Network(inputs={"table": Selector()}, outputs={"label": "head"},
    ...     nodes={"head": Node(op="dense", params={"units": "target"}, in_={"x": "table"})})
    >>> net.with_values({"head.units": 3}).nodes["head"].params
    {'units': 3}
    """

    format: Literal["danlu.network"] = FORMAT
    version: Literal[1] = 1
    name: str = "network"
    inputs: dict[str, Selector]
    nodes: dict[str, Node]
    blocks: dict[str, JsonValue] = Field({})
    outputs: dict[str, str]

    def document(self) -> Json:
        """Return the JSON form, in written order, without what is at its default."""
        lean = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        lean.setdefault("name", self.name)
        order = ("name", "inputs", "nodes", "blocks", "outputs")
        return {"format": FORMAT, "version": VERSION} | {k: lean[k] for k in order if k in lean}

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON; the order of names does not matter."""
        return digest(self.document())

    def order(self) -> tuple[str, ...]:
        """List the nodes so that each comes after what it reads; the same for any written order."""
        ordered, stuck = sort(self.nodes)
        if stuck:
            raise NetworkError(
                f"the nodes {', '.join(stuck[:8])} wait for each other", code="cycle",
                where=f"network '{self.name}'", do="Remove one of their edges.", nodes=stuck,
            )  # fmt: skip
        return ordered

    def with_values(self, values: Mapping[str, JsonValue]) -> Network:
        """Return the network with these fields set; keys are "<node>.<param>" or "<node>.enabled".

        Keys of the recipe ("recipe.<field>") are not the network's and are left out.
        """
        nodes = dict(self.nodes)
        for key, value in values.items():
            name, _, field = key.partition(".")
            if name == RECIPE:
                continue
            if name not in nodes or not field:
                raise NetworkError(
                    f"no node '{name}'", code="node_unknown", where=f"value '{key}'",
                    do=nearest(name, nodes), node=name,
                )  # fmt: skip
            nodes[name] = _with_value(nodes[name], field, value)
        return self.model_copy(update={"nodes": nodes})


def _with_value(node: Node, field: str, value: JsonValue) -> Node:
    if field == "enabled":
        return node.model_copy(update={"enabled": bool(value)})
    return node.model_copy(update={"params": {**node.params, field: value}})


def sort(nodes: Mapping[str, Node]) -> tuple[tuple[str, ...], list[str]]:
    """Return the nodes in order of reading, and those on a cycle or behind one."""
    readers: dict[str, list[str]] = {name: [] for name in nodes}
    waiting: dict[str, int] = {}
    for name, node in nodes.items():
        sources = {s for s in node.sources() if s in nodes}
        waiting[name] = len(sources)
        for source in sources:
            readers[source].append(name)
    ready = [name for name, count in waiting.items() if not count]
    heapq.heapify(ready)
    ordered: list[str] = []
    while ready:
        name = heapq.heappop(ready)
        ordered.append(name)
        for reader in readers[name]:
            waiting[reader] -= 1
            if not waiting[reader]:
                heapq.heappush(ready, reader)
    return tuple(ordered), sorted(set(nodes) - set(ordered))


def digest(document: Json) -> str:
    """Return the SHA-256 of a JSON document in canonical form."""
    try:
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except ValueError as error:
        raise NetworkError(
            "a value is not a finite number", code="not_finite", do="Use a number."
        ) from error
    return hashlib.sha256(text.encode()).hexdigest()
