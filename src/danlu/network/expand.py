"""Expand: a document with blocks, repeats and choices as one flat network of ops.

An inner node is called by its path: "res.conv", or "res.0.conv", "res.1.conv" where the block is
repeated. Paths are what weights are named by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic import JsonValue

from danlu.errors import NetworkError, nearest
from danlu.network.expression import evaluate
from danlu.network.graph import Block, Network, Node, Var

MOST_NODES = 10_000
DEEPEST = 16  # blocks within blocks

Values = Mapping[str, JsonValue]


class Origin(NamedTuple):
    """Where in the document a flat node is written."""

    block: str | None
    node: str


class Sameness(NamedTuple):
    """Two values that must be of one type: what a repeat or a switched off block promises."""

    code: str
    path: str
    origin: Origin
    first: str
    second: str


class Fault(NamedTuple):
    """A node that cannot be expanded, and why."""

    origin: Origin
    path: str
    error: NetworkError


@dataclass
class Expansion:
    """The flat nodes of a document, where each comes from, and what could not be expanded."""

    nodes: dict[str, Node] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    alias: dict[str, str] = field(default_factory=dict)
    """A name that stands for another value: of a block its output, inside it an input."""
    samenesses: list[Sameness] = field(default_factory=list)
    idle: set[str] = field(default_factory=set)
    """Blocks that are off, by path."""
    faults: list[Fault] = field(default_factory=list)

    def value(self, name: str) -> str:
        """Return the flat node or input that a name stands for."""
        seen: set[str] = set()
        while name in self.alias and name not in seen:
            seen.add(name)
            name = self.alias[name]
        return name

    def wire(self) -> None:
        """Let every edge come from a flat node."""
        for path, node in self.nodes.items():
            edges = {
                port: self.value(given)
                if isinstance(given, str)
                else tuple(self.value(s) for s in given)
                for port, given in node.in_.items()
            }
            tied = self.value(node.tied) if node.tied else None
            self.nodes[path] = node.model_copy(update={"in_": edges, "tied": tied})


class _Scope(NamedTuple):
    """One place where names mean something: the document, or one use of a block."""

    block: str | None
    prefix: str
    params: Values
    within: tuple[str, ...] = ()
    """The blocks around, from outside in."""
    frozen: bool = False
    owner: str = ""
    """For a later application with shared weights: the prefix of the first one."""

    def path(self, name: str) -> str:
        return self.prefix + name


def expand(network: Network) -> Network:
    """Return the network with nothing but ops in it; NetworkError says what is in the way."""
    if not _is_nested(network):
        return network
    found = expansion(network)
    if found.faults:
        raise found.faults[0].error
    outputs = {name: found.value(source) for name, source in network.outputs.items()}
    return network.model_copy(update={"nodes": found.nodes, "blocks": {}, "outputs": outputs})


def expansion(network: Network) -> Expansion:
    """Expand as far as it goes; what is refused as a whole is one fault."""
    found = Expansion()
    top = _Scope(None, "", {})
    try:
        _Count(network.blocks).nodes(network.nodes, top)
    except NetworkError as error:
        found.faults.append(Fault(Origin(None, ""), "", error))
        return found
    _Unfold(network.blocks, found).nodes(network.nodes, top)
    found.wire()
    return found


def _is_nested(network: Network) -> bool:
    return any(
        node.block is not None or node.choices or node.repeat != 1 or _has_var(node.params)
        for node in network.nodes.values()
    )


def _has_var(params: Values) -> bool:
    return any(isinstance(v, dict) for v in params.values())


class _Count:
    """Counts the flat nodes before any is made, giving up above the most."""

    def __init__(self, blocks: Mapping[str, Block]) -> None:
        self.blocks, self.visited = blocks, 0

    def nodes(self, nodes: Mapping[str, Node], scope: _Scope) -> int:
        """Return how many flat nodes these become; NetworkError above the most."""
        total = 0
        for name, node in nodes.items():
            total += self._node(name, node.chosen(), scope)
            self.visited += 1
            if max(total, self.visited) > MOST_NODES:
                raise NetworkError(
                    f"more than {MOST_NODES} nodes", code="too_many_nodes",
                    where=f"network, at node '{scope.path(name)}'", do="Repeat less.",
                    count=total, most=MOST_NODES,
                )  # fmt: skip
        return total

    def _node(self, name: str, node: Node, scope: _Scope) -> int:
        where = scope.path(name)
        try:
            times = repeats(node, scope.params, where)
        except NetworkError:
            return 1  # told of when the node is unfolded
        block = self.blocks.get(node.block or "")
        if block is None:
            return times
        if node.block in scope.within:
            ring = " > ".join((*scope.within, str(node.block)))
            raise NetworkError(
                f"a block contains itself: {ring}", code="block_recursion",
                where=f"node '{where}'", do="Use another block there.", ring=ring,
            )  # fmt: skip
        if len(scope.within) >= DEEPEST:
            raise NetworkError(
                f"more than {DEEPEST} blocks within blocks", code="blocks_deep",
                where=f"node '{where}'", do="Unpack some of them.", most=DEEPEST,
            )  # fmt: skip
        try:
            params = arguments(node, block, scope.params, where)
        except NetworkError:
            return 1
        within = (*scope.within, str(node.block))
        return times * self.nodes(block.nodes, _Scope(node.block, f"{where}.", params, within))


class _Unfold:
    """Writes the flat nodes down."""

    def __init__(self, blocks: Mapping[str, Block], found: Expansion) -> None:
        self.blocks, self.found = blocks, found

    def nodes(self, nodes: Mapping[str, Node], scope: _Scope) -> None:
        """Unfold the nodes of one scope."""
        for name, written in nodes.items():
            origin = Origin(scope.block, name)
            try:
                self._node(name, _chosen(written, scope.path(name)), scope)
            except NetworkError as error:
                self.found.faults.append(Fault(origin, scope.path(name), error))

    def _node(self, name: str, node: Node, scope: _Scope) -> None:
        path = scope.path(name)
        times = repeats(node, scope.params, path)
        if node.block is None:
            self._op(name, node, scope, times)
            return
        block = self.blocks.get(node.block)
        if block is None:
            raise NetworkError(
                f"no block '{node.block}'", code="block_unknown", where=f"node '{path}'",
                do=nearest(node.block, self.blocks), block=node.block,
            )  # fmt: skip
        params = arguments(node, block, scope.params, path)
        sources = self._sources(node, block, scope, path)
        self._block(_Use(name, node, block, params, sources, times), scope)

    def _op(self, name: str, node: Node, scope: _Scope, times: int) -> None:
        path, origin = scope.path(name), Origin(scope.block, name)
        params = substituted(node.params, scope.params, path)
        edges = {
            port: scope.path(g) if isinstance(g, str) else tuple(scope.path(s) for s in g)
            for port, g in node.in_.items()
        }
        tied = scope.path(node.tied) if node.tied else None
        if scope.owner:
            tied = scope.owner + name
        one = node.model_copy(
            update={
                "params": params, "in_": edges, "tied": tied, "repeat": 1, "shared": False,
                "frozen": node.frozen or scope.frozen,
            }
        )  # fmt: skip
        if times == 1:
            self._put(path, one, origin)
            return
        first_port = "x" if "x" in edges or not edges else min(edges)
        for i in range(times):
            owner = f"{path}.0" if node.shared and i else tied
            if scope.owner:
                owner = f"{scope.owner}{name}.{i}"
            again = {"in_": {**edges, first_port: f"{path}.{i - 1}"}} if i else {}
            one = one.model_copy(update={**again, "tied": owner})
            self._put(f"{path}.{i}", one, origin)
        self.found.alias[path] = f"{path}.{times - 1}"
        self._repeats(path, origin, f"{path}.0", f"{path}.1")

    def _block(self, use: _Use, scope: _Scope) -> None:
        path, origin = scope.path(use.name), Origin(scope.block, use.name)
        within = (*scope.within, str(use.node.block))
        frozen = scope.frozen or use.node.frozen
        out = ""
        for i in range(use.times):
            prefix = f"{path}.{i}." if use.times > 1 else f"{path}."
            owner = f"{path}.0." if use.node.shared and i else ""
            if scope.owner:
                owner = scope.owner + prefix.removeprefix(scope.prefix)
            inner = _Scope(use.node.block, prefix, use.params, within, frozen, owner)
            for port, source in use.sources.items():
                self.found.alias[prefix + port] = source
            if i:
                self.found.alias[prefix + use.block.inputs[0]] = out
            self.nodes(use.block.nodes, inner)
            before, out = out, prefix + use.block.output
            if i == 1:
                self._repeats(path, origin, before, out)
        entry = next(iter(use.sources.values()), "")
        if use.node.enabled:
            self.found.alias[path] = out
            return
        self.found.idle.add(path)
        self.found.alias[path] = entry
        same = Sameness("off_changes_type", path, origin, entry, out)
        self.found.samenesses.append(same)

    def _repeats(self, path: str, origin: Origin, before: str, after: str) -> None:
        same = Sameness("repeat_changes_type", path, origin, before, after)
        self.found.samenesses.append(same)

    def _put(self, path: str, node: Node, origin: Origin) -> None:
        self.found.nodes[path] = node
        self.found.origins[path] = origin

    def _sources(self, node: Node, block: Block, scope: _Scope, path: str) -> dict[str, str]:
        """Return where each input of a block comes from."""
        found: dict[str, str] = {}
        for port in node.in_:
            if port not in block.inputs:
                raise NetworkError(
                    f"block '{node.block}' has no input '{port}'", code="port_unknown",
                    where=f"node '{path}'", do=nearest(port, block.inputs),
                    op=node.block, port=port,
                )  # fmt: skip
        for port in block.inputs:
            given = node.in_.get(port, ())
            edges = (given,) if isinstance(given, str) else given
            if len(edges) != 1:
                raise NetworkError(
                    f"input '{port}' of block '{node.block}' has {len(edges)} edges",
                    code="port_single" if edges else "input_missing", where=f"node '{path}'",
                    do="Connect one.", port=port, count=len(edges),
                )  # fmt: skip
            found[port] = scope.path(edges[0])
        return found


class _Use(NamedTuple):
    """One node that uses a block."""

    name: str
    node: Node
    block: Block
    params: Values
    sources: Mapping[str, str]
    times: int


def _chosen(node: Node, path: str) -> Node:
    if node.choices and node.choose not in node.choices:
        raise NetworkError(
            f"no choice '{node.choose}'", code="choice_unknown", where=f"node '{path}'",
            do=nearest(node.choose or "", node.choices), choice=node.choose or "",
        )  # fmt: skip
    return node.chosen()


def repeats(node: Node, params: Values, path: str) -> int:
    """Return how often a node is applied."""
    times = node.repeat
    if isinstance(times, Var):
        found = _computed(times.var, params, path)
        times = found if isinstance(found, int) and not isinstance(found, bool) else 0
    if times < 1:
        raise NetworkError(
            "a repeat is a whole number from 1", code="repeat_invalid", where=f"node '{path}'",
            do="Set it to 1 or more.", value=str(times),
        )  # fmt: skip
    return times


def arguments(node: Node, block: Block, params: Values, path: str) -> Values:
    """Return the values of a block's parameters where a node uses it."""
    for name in node.params:
        if name not in block.params:
            raise NetworkError(
                f"block '{node.block}' has no parameter '{name}'", code="param_unknown",
                where=f"node '{path}'", do=nearest(name, block.params), op=node.block, param=name,
            )  # fmt: skip
    return {**block.params, **substituted(node.params, params, path)}


def substituted(given: Values, params: Values, path: str) -> dict[str, JsonValue]:
    """Return parameters with every {"var": ...} computed."""
    return {
        name: _computed(str(value["var"]), params, path)
        if isinstance(value, dict) and set(value) == {"var"}
        else value
        for name, value in given.items()
    }


def _computed(text: str, params: Values, path: str) -> JsonValue:
    scalars = {n: v for n, v in params.items() if isinstance(v, bool | int | float | str)}
    try:
        return evaluate(text, scalars)
    except NetworkError as error:
        where = f"'{text[:60]}' of node '{path}'"
        raise NetworkError(
            error.what, code=error.code, where=where, do=error.do, **error.values
        ) from error
