"""Network: nodes, ports and edges as a frozen document with a hash; no torch.

A network is always concrete: ranges live in a space, positions in a layout, shapes nowhere.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import ConfigDict, Field, JsonValue, StrictBool, StrictInt, model_validator

from danlu.errors import NetworkError, nearest
from danlu.network.expression import evened
from danlu.params import Params

Json = dict[str, Any]
FORMAT: Literal["danlu.network"] = "danlu.network"
VERSION: Literal[2] = 2
OWN = ("enabled", "repeat", "choose")  # fields of a node that a space reaches beside parameters
RECIPE = "recipe"  # the first word of a recipe's key in a space, so never a node


class Selector(Params):
    """Which columns an input reads: by name, by kind, or (empty) all usable ones."""

    columns: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None


class Var(Params):
    """A value that a block's parameters decide: "channels", "channels * 2 + 1"."""

    var: str = Field(max_length=200)


class Option(Params):
    """One of the things a node may be."""

    op: str | None = None
    block: str | None = None
    params: dict[str, JsonValue] = Field({})
    repeat: StrictInt | Var = 1


class Node(Params):
    """One step: an op, its parameters, and where each port gets its tensors.

    >>> Node(op="dense", params={"units": 8}, in_={"x": "table"}).sources()
    ['table']
    """

    model_config = ConfigDict(populate_by_name=True)

    op: str | None = None
    block: str | None = None
    """A block of this document instead of an op."""
    choices: dict[str, Option] = Field({})
    """What it may be instead, by name; ``choose`` says which one is in force."""
    choose: str | None = None
    params: dict[str, JsonValue] = Field({})
    """Literals, "target", or {"var": "<expression of the block's parameters>"}."""
    in_: dict[str, str | tuple[str, ...]] = Field({}, alias="in")
    """Port to the name of an input or a node, or to several in order."""
    repeat: StrictInt | Var = 1
    """How often it is applied, each time to its last output."""
    shared: StrictBool = False
    """Whether all applications of a repeat have the same weights."""
    enabled: StrictBool = True
    """Off = its input passes unchanged; only where the type stays the same."""
    frozen: StrictBool = False
    """Whether its weights stay as they start."""
    tied: str | None = None
    """The node whose weights it uses."""

    def edges(self) -> Iterator[tuple[str, int, str]]:
        """Yield (port, position, source) of every edge into this node."""
        for port, given in self.in_.items():
            for position, source in enumerate((given,) if isinstance(given, str) else given):
                yield port, position, source

    def sources(self) -> list[str]:
        """List the names this node reads."""
        return [source for _, _, source in self.edges()]

    def needs(self) -> list[str]:
        """List the names without which it cannot run: what it reads, and whose weights it uses."""
        return [*self.sources(), *([self.tied] if self.tied else [])]

    def chosen(self) -> Node:
        """Return the node as the choice in force makes it; itself if there is none to make."""
        option = self.choices.get(self.choose or "")
        if option is None:
            return self
        # A choice is whole: nothing of another choice shines through.
        given = {name: getattr(option, name) for name in type(option).model_fields}
        return self.model_copy(update={**given, "choices": {}, "choose": None})


class Block(Params):
    """A sub-network that nodes use by name; its parameters are values at each use."""

    params: dict[str, JsonValue] = Field({})
    """Names and default values."""
    inputs: tuple[str, ...] = ("x",)
    """What its nodes may read from outside, and so the ports of a node that uses it."""
    nodes: dict[str, Node]
    output: str


class Network(Params):
    """A document: named inputs, nodes and outputs.

    >>> net = Network(inputs={"table": Selector()}, outputs={"label": "head"},
    ...     nodes={"head": Node(op="dense", params={"units": "target"}, in_={"x": "table"})})
    >>> net.with_values({"head.units": 3}).nodes["head"].params
    {'units': 3}
    """

    format: Literal["danlu.network"] = FORMAT
    version: Literal[2] = VERSION
    name: str = "network"
    inputs: dict[str, Selector]
    nodes: dict[str, Node]
    blocks: dict[str, Block] = Field({})
    outputs: dict[str, str]
    """The first is what is learnt and answered."""

    @model_validator(mode="before")
    @classmethod
    def _upgrade(cls, document: Any) -> Any:
        return upgrade(document) if isinstance(document, Mapping) else document

    def document(self) -> Json:
        """Return the JSON form, in written order, without what is at its default."""
        lean = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        lean.setdefault("name", self.name)
        order = ("name", "inputs", "nodes", "blocks", "outputs")
        return {"format": FORMAT, "version": VERSION} | {k: lean[k] for k in order if k in lean}

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON.

        The order of names does not matter, but of outputs; nor do spaces in expressions.
        """
        document = self.document()
        if "blocks" in document:
            document = {key: evened(value) for key, value in document.items()}
        if len(self.outputs) > 1:
            document["outputs"] = list(self.outputs.items())
        return digest(document)

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
        """Return the network with these fields set: "<node>.<param>", "<node>.<choice>.<param>".

        ``enabled``, ``repeat`` and ``choose`` are a node's own. Keys of the recipe
        ("recipe.<field>") are not the network's and are left out.
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
    if field in OWN:
        return Node.model_validate({**node.model_dump(by_alias=True), field: value})
    choice, _, param = field.partition(".")
    if not param:
        return node.model_copy(update={"params": {**node.params, field: value}})
    if choice not in node.choices:
        raise NetworkError(
            f"no choice '{choice}'", code="choice_unknown", where=f"value '{field}'",
            do=nearest(choice, node.choices), choice=choice,
        )  # fmt: skip
    option = node.choices[choice]
    changed = (
        {"repeat": value} if param == "repeat" else {"params": {**option.params, param: value}}
    )
    return node.model_copy(
        update={"choices": {**node.choices, choice: option.model_copy(update=changed)}}
    )


def upgrade(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Bring an older document to the present version, step by step."""
    version = document.get("version", VERSION)
    while isinstance(version, int) and version in UPGRADES:
        document = UPGRADES[version](document)
        version = document["version"]
    return document


def _from_1(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Version 1 had a place for blocks, and no node could use one."""
    return {**{k: v for k, v in document.items() if k != "blocks"}, "version": 2}


UPGRADES = {1: _from_1}
"""From a version to the next one."""


def sort(nodes: Mapping[str, Node]) -> tuple[tuple[str, ...], list[str]]:
    """Return the nodes in order of reading, and those on a cycle or behind one."""
    readers: dict[str, list[str]] = {name: [] for name in nodes}
    waiting: dict[str, int] = {}
    for name, node in nodes.items():
        sources = {s for s in node.needs() if s in nodes}
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
