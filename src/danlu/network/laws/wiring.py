"""Wiring: the laws of names, ports and edges; they hold before any type is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from typing import NamedTuple

from pydantic import JsonValue

from danlu.network.graph import RECIPE, Node, sort
from danlu.network.laws.analysis import Fix, Problem
from danlu.network.laws.fixes import Draft, Edge
from danlu.network.ops.base import ops
from danlu.network.ports import Port

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
NEAR_AMONG = 500  # names that are searched for a near miss
MOST_RINGS = 20


class Finding(NamedTuple):
    """A problem, and how to make its fixes when they are wanted."""

    problem: Problem
    mend: Callable[[], Iterable[Fix] | Fix] = tuple

    def whole(self) -> Problem:
        """Return the problem with its fixes."""
        made = self.mend()
        fixes = (made,) if isinstance(made, Fix) else tuple(made)
        return self.problem.model_copy(update={"fixes": fixes})


def check_names(draft: Draft) -> Iterator[Finding]:
    """Names are legal, and no node is called like an input."""
    for name in draft.scope.inputs:
        if not _legal(name):
            yield Finding(Problem(code="name_invalid", node=name))
    for name, node in draft.scope.nodes.items():
        code = "name_taken" if name in draft.scope.inputs else "name_invalid"
        if code == "name_taken" or not _legal(name):
            stem = node.op if node.op in ops().names() else "node"
            yield Finding(
                Problem(code=code, node=name),
                partial(draft.rename, name, stem or "node"),
            )


def _legal(name: str) -> bool:
    return NAME.fullmatch(name) is not None and name != RECIPE


def rings(nodes: Mapping[str, Node]) -> Iterator[list[str]]:
    """Yield cycles, the first 20 and none sharing a node; each node reads the one after it.

    Every node must be on a cycle or behind one, as those that ``sort`` could not place.
    """
    left = dict(nodes)
    for _ in range(MOST_RINGS):
        if not left:
            return
        ring = _ring(left)
        yield ring
        for name in ring:
            del left[name]
        left = {name: left[name] for name in sort(left)[1]}


def _ring(nodes: Mapping[str, Node]) -> list[str]:
    """Walk from reader to source until a node comes again; every node has a source here."""
    place: dict[str, int] = {}
    walk: list[str] = []
    name = min(nodes)
    while name not in place:
        place[name] = len(walk)
        walk.append(name)
        name = min(s for s in nodes[name].sources() if s in nodes)
    ring = walk[place[name] :]
    start = ring.index(min(ring))
    return ring[start:] + ring[:start]


def cycle(draft: Draft, ring: list[str]) -> Finding:
    """Report one cycle; the fix cuts one of its edges."""
    reader, source = ring[0], ring[1 % len(ring)]
    edges = [Edge(reader, *e) for e in draft.scope.nodes[reader].edges() if e[2] == source]
    args: dict[str, JsonValue] = {"nodes": list(ring[:20])}
    problem = Problem(code="cycle", node=reader, port=edges[0].port, args=args)
    return Finding(problem, partial(draft.disconnect, edges[0]))


def check_ports(draft: Draft, name: str, ports: Sequence[Port]) -> Iterator[Finding]:
    """Every port has its edges, every edge a port and a source."""
    node = draft.scope.nodes[name]
    known = [port.name for port in ports]
    astray = any(at not in known for at, _, _ in node.edges())  # then that is the trouble
    for port in ports:
        sources = [s for at, _, s in node.edges() if at == port.name]
        if not sources and not astray and not port.optional:
            yield Finding(
                Problem(code="input_missing", node=name, port=port.name),
                partial(_connections, draft, name, port),
            )
        elif len(sources) > 1 and not port.many:
            problem = Problem(
                code="port_single", node=name, port=port.name, args={"count": len(sources)}
            )
            yield Finding(problem, partial(draft.gather, name, port.name, sources))
    for edge in (Edge(name, *e) for e in node.edges()):
        yield from _check_edge(draft, edge, ports)


def _check_edge(draft: Draft, edge: Edge, ports: Sequence[Port]) -> Iterator[Finding]:
    if edge.port not in [port.name for port in ports]:
        node = draft.scope.nodes[edge.node].chosen()
        args: dict[str, JsonValue] = {"op": node.op or node.block, "port": edge.port}
        problem = Problem(code="port_unknown", node=edge.node, port=edge.port, args=args)
        yield Finding(problem, partial(_ports_meant, draft, edge, ports))
    if not draft.has(edge.source):
        problem = Problem(
            code="source_unknown", node=edge.node, port=edge.port, args={"source": edge.source}
        )
        yield Finding(problem, partial(_sources_meant, draft, edge))


def _connections(draft: Draft, name: str, port: Port) -> Iterator[Fix]:
    """Offer the last node that nobody reads yet and that does not read this one; then an input."""
    behind = _reach([name], draft.readers)
    ends = [n for n in draft.scope.nodes if n not in behind and n not in draft.readers]
    for source in [*ends[-1:], *list(draft.scope.inputs)[:1]]:
        yield draft.connect(name, port.name, source, many=port.many)


def _ports_meant(draft: Draft, edge: Edge, ports: Sequence[Port]) -> Iterator[Fix]:
    taken = draft.scope.nodes[edge.node].in_
    free = [port for port in ports if port.name not in taken]
    for port in free[:1]:
        yield draft.move_port(edge, port.name, many=port.many)
    yield draft.disconnect(edge)


def _sources_meant(draft: Draft, edge: Edge) -> Iterator[Fix]:
    behind = _reach([edge.node], draft.readers)
    names = [n for n in (*draft.scope.nodes, *draft.scope.inputs) if n not in behind]
    for near in get_close_matches(edge.source, names[:NEAR_AMONG], n=2):
        yield draft.redirect(edge, near)
    yield draft.disconnect(edge)


def check_outputs(draft: Draft) -> Iterator[Finding]:
    """There is an output, and each names a node."""
    outputs = draft.scope.outputs
    ends = [n for n in draft.scope.nodes if n not in draft.readers][-1:]
    if not outputs:
        yield Finding(
            Problem(code="output_missing"), partial(_outputs_meant, draft, "answer", ends)
        )
    if len(outputs) > 1:
        args: dict[str, JsonValue] = {"first": next(iter(outputs)), "count": len(outputs)}
        yield Finding(Problem(code="outputs_extra", level="warning", args=args))
    for output, source in outputs.items():
        if not draft.has(source):
            near = get_close_matches(source, list(draft.scope.nodes)[:NEAR_AMONG], n=1) or ends
            problem = Problem(code="output_unknown", args={"source": source, "output": output})
            yield Finding(problem, partial(_outputs_meant, draft, output, near))


def _outputs_meant(draft: Draft, output: str, sources: Iterable[str]) -> list[Fix]:
    return [draft.name_output(output, source) for source in sources]


def check_unused(draft: Draft) -> Iterator[Finding]:
    """Everything leads to an output; a branch that does not is told of once, at its end."""
    scope = draft.scope
    if not any(draft.has(source) for source in scope.outputs.values()):
        return  # the missing output is the trouble
    needs = {name: node.needs() for name, node in scope.nodes.items()}
    used = _reach(scope.outputs.values(), needs)
    idle = [name for name in scope.nodes if name not in used]
    for end in [name for name in idle if name not in draft.readers]:
        yield Finding(
            Problem(code="unused", level="warning", node=end),
            partial(_prune, draft, end, used),
        )
    for name in scope.inputs:
        if name not in used and name not in draft.readers:
            yield Finding(
                Problem(code="unused", level="warning", node=name),
                partial(draft.remove_input, name),
            )


def _prune(draft: Draft, end: str, used: set[str]) -> Fix:
    return draft.remove(_branch(draft, end, used))


def _branch(draft: Draft, end: str, used: set[str]) -> list[str]:
    """Return the nodes that only lead to ``end``."""
    branch = [end]
    waiting = list(draft.scope.nodes[end].sources())
    while waiting:
        name = waiting.pop()
        if name in branch or name in used or name not in draft.scope.nodes:
            continue
        if all(reader in branch for reader in draft.readers.get(name, ())):
            branch.append(name)
            waiting.extend(draft.scope.nodes[name].sources())
    return branch


def _reach(starts: Iterable[str], step: Mapping[str, Sequence[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(step.get(name, ()))
    return found
