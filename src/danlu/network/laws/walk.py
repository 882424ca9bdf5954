"""Walk: the flat network in the order in which data flows, each node run on the meta device.

Runs are remembered by op, parameters and input types, so that after an edit only what lies
downstream of it is run again. A broken node greys what reads it; it never makes a second error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from typing import NamedTuple

import torch
from pydantic import JsonValue

from danlu.network.expand import Expansion, Origin, Sameness
from danlu.network.graph import Node, sort
from danlu.network.laws.analysis import Fix, NodeReport, Problem
from danlu.network.laws.fixes import Draft, Edge
from danlu.network.laws.mends import mends, settings
from danlu.network.laws.parameters import read
from danlu.network.laws.wiring import Finding
from danlu.network.ops.base import Op, Trace, trace
from danlu.network.ports import Refusal
from danlu.tensor import TensorType

Given = tuple[tuple[str, tuple[TensorType, ...]], ...]


class Walk:
    """Types and costs of every flat node, and what does not fit."""

    def __init__(
        self,
        found: Expansion,
        drafts: Mapping[str | None, Draft],
        types: Mapping[str, TensorType],
        head: int,
    ) -> None:
        self.found, self.drafts, self.head = found, drafts, head
        self.types = dict(types)
        self.roots: dict[str, str] = {}  # of what has no type: where the trouble starts
        self.reports: dict[str, NodeReport] = {}
        self._given: dict[str, Given] = {}

    def run(self, broken: Mapping[Origin, str]) -> Iterator[Finding]:
        """Visit every flat node; ``broken`` are those told of, with the root of their trouble."""
        for name, origin in self.found.origins.items():
            if origin in broken:
                self.roots[name] = broken[origin] or name
        for fault in self.found.faults:
            self.roots[fault.path] = fault.path
        ordered, stuck = sort(self.found.nodes)
        for name in (*ordered, *stuck):
            if self.found.origins[name] in broken:
                self.reports[name] = NodeReport(state="broken")
            else:
                yield from self._visit(name, self.found.nodes[name])
        for same in self.found.samenesses:
            yield from self._same(same)

    def _visit(self, name: str, node: Node) -> Iterator[Finding]:
        bad = next((s for s in node.needs() if s not in self.types), None)
        if bad is not None:
            root = self.roots.get(bad, bad)
            self.roots[name] = root
            self.reports[name] = NodeReport(state="unknown", because_of=root)
            return
        op = read(str(node.op), node.params)
        assert isinstance(op, Op), f"{name} was told of"
        found = self._run(name, node, op)
        self.reports[name] = self._report(name, node, found)
        if isinstance(found, Refusal):
            yield self._refusal(name, node, op, found)
        elif not node.enabled and not found.passes:
            origin = self.found.origins[name]
            off = self._problem("off_changes_type", name)
            yield Finding(off, partial(self.drafts[origin.block].enable, origin.node))

    def _run(self, name: str, node: Node, op: Op) -> Trace | Refusal:
        edges = list(node.edges())
        given: Given = tuple(
            (port.name, tuple(self.types[s] for at, _, s in edges if at == port.name))
            for port in op.ports
        )
        self._given[name] = given
        if node.tied is None:
            return _trace(op, given, self.head)
        of = node.tied
        other = self.found.nodes[of]
        lender = read(str(other.op), other.params)
        refusal = Refusal(code="tied_differs", args={"of": of})
        if not isinstance(lender, Op) or of not in self._given:
            return refusal
        shapes = weights(lender, self._given[of], self.head)
        if op.borrows:
            tied = (*given, ("tied", self._given[of][0][1]))
            weight = dict(shapes).get("weight")
            return _trace(op, tied, self.head, weight) if weight else refusal
        found = _trace(op, given, self.head)
        if isinstance(found, Refusal):
            return found
        alike = type(op) is type(lender) and weights(op, given, self.head) == shapes
        return found.model_copy(update={"parameters": 0}) if alike else refusal

    def _report(self, name: str, node: Node, found: Trace | Refusal) -> NodeReport:
        if isinstance(found, Refusal) or not (node.enabled or found.passes):
            self.roots[name] = name
            return NodeReport(state="broken")
        self.types[name] = found.type
        if not node.enabled or self._is_idle(name):
            return NodeReport(state="off", type=found.type)
        return NodeReport(
            state="ok", type=found.type, parameters=found.parameters, macs=found.macs,
            activation_bytes=found.activation_bytes,
        )  # fmt: skip

    def _is_idle(self, name: str) -> bool:
        return any(name.startswith(f"{path}.") for path in self.found.idle)

    def _problem(self, code: str, path: str, port: str | None = None, **args: JsonValue) -> Problem:
        origin = self.found.origins.get(path) or self._owner(path)
        return Problem(
            code=code, node=origin.node, block=origin.block, port=port, args=args,
            path=path if path != origin.node else None,
        )  # fmt: skip

    def _owner(self, path: str) -> Origin:
        """Return where a node is written that stands for several flat ones."""
        return next((s.origin for s in self.found.samenesses if s.path == path), Origin(None, path))

    def _refusal(self, name: str, node: Node, op: Op, found: Refusal) -> Finding:
        """Report why a node cannot take what arrives, at the edge that is to blame."""
        origin = self.found.origins[name]
        draft = self.drafts[origin.block]
        problem = self._problem(found.code, name, found.port, **found.args)
        written = draft.scope.nodes[origin.node]
        edges = [Edge(origin.node, *e) for e in written.edges() if e[0] == found.port]
        position = int(found.args.get("edge", 0))
        if position >= len(edges):
            return Finding(problem)
        args: dict[str, JsonValue] = {**problem.args, "source": edges[position].source}
        problem = problem.model_copy(update={"args": args})
        flat = [s for at, _, s in node.edges() if at == found.port][position]
        mend = _Mend(self, draft, op, name, problem, edges[0], edges[position], flat)
        given = self.types[flat]
        return Finding(
            problem,
            lambda: [
                *(draft.set_param(origin.node, *one) for one in settings(op, given, found)),
                *mend.fixes(),
            ],
        )

    def _same(self, same: Sameness) -> Iterator[Finding]:
        first, second = (self.types.get(self.found.value(n)) for n in (same.first, same.second))
        if first is None or second is None:
            return
        plain = first.model_copy(update={"fields": ()})
        if plain != second:
            yield Finding(self._problem(same.code, same.path, before=str(plain), after=str(second)))


class _Mend(NamedTuple):
    """What would make an edge fit."""

    walk: Walk
    draft: Draft
    op: Op
    path: str
    problem: Problem
    first: Edge
    edge: Edge
    flat: str

    def fixes(self) -> Iterator[Fix]:
        """Yield fixes, the likeliest first."""
        code, draft, edge = self.problem.code, self.draft, self.edge
        port = next(p for p in self.op.ports if p.name == edge.port)
        given = self.walk.types[self.flat]
        if code == "sizes_differ":
            yield from self._sizes(given)
            return
        for name in self._elsewhere(code):
            yield draft.redirect(edge, name)
        for mend in mends(given, port, self.op):
            yield draft.insert(edge, mend.op, mend.port, mend.params)

    def _sizes(self, given: TensorType) -> Iterator[Fix]:
        draft, args = self.draft, self.problem.args
        if len(given.axes) == 1:
            yield draft.insert(self.edge, "dense", "x", {"units": args["first"]})
            yield draft.insert(self.first, "dense", "x", {"units": args["other"]})
        if len(given.axes) < 3:
            yield draft.set_op(self.edge.node, "concat")
            return
        wanted = int(str(args["first"]).split("x", 1)[0])
        if [str(s) for s in given.shape[1:]] == str(args["first"]).split("x")[1:]:
            yield draft.insert(self.edge, "conv2d", "x", {"channels": wanted, "kernel": 1})

    def _elsewhere(self, code: str) -> Iterator[str]:
        """Yield names in the same scope that are what this edge should have read."""
        scope = self.draft.scope
        prefix = self.path[: len(self.path) - len(self.edge.node)]
        if code == "categories_unread":
            for name, node in scope.nodes.items():
                reads = self.edge.source in node.sources()
                if node.op == "columns" and reads and self._type(prefix + name):
                    yield name
        if code in ("table_wanted", "categories_wanted"):
            for name in scope.inputs:
                found = self._type(prefix + name)
                if name != self.edge.source and found and found.fields:
                    yield name

    def _type(self, path: str) -> TensorType | None:
        return self.walk.types.get(self.walk.found.value(path))


@lru_cache(maxsize=8192)
def _trace(op: Op, given: Given, head: int, borrowed: tuple[int, ...] = ()) -> Trace | Refusal:
    return trace(op, dict(given), head=head, borrowed=borrowed)


@lru_cache(maxsize=1024)
def weights(op: Op, given: Given, head: int) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Return the names and shapes of what an op would learn from such inputs."""
    with torch.device("meta"):
        layer = op.build(dict(given), head=head)
    return tuple((name, tuple(p.shape)) for name, p in layer.named_parameters())
