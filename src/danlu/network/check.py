"""Check: what every node gives and costs, and which laws the document breaks.

Shapes are read off a run on the meta device, one node at a time, and remembered by op, parameters
and input types. A broken node greys what reads it; it never makes a second error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache, partial
from typing import Any

from pydantic import JsonValue, ValidationError

from danlu.errors import NetworkError
from danlu.network.analysis import Analysis, Fix, NodeReport, Problem, Totals
from danlu.network.fixes import Draft, Edge
from danlu.network.graph import Network, Node, sort
from danlu.network.ops.base import Op, Trace, ops, trace
from danlu.network.parameters import Fault, read
from danlu.network.ports import Refusal
from danlu.network.wiring import (
    Finding,
    check_names,
    check_outputs,
    check_ports,
    check_unused,
    cycle,
    rings,
)
from danlu.tensor import TensorType

MOST_NODES = 10_000
MOST_PROBLEMS = 100
Given = tuple[tuple[str, tuple[TensorType, ...]], ...]


def check(
    document: Network | Mapping[str, Any], types: Mapping[str, TensorType], head: int
) -> Analysis:
    """Analyse a network for inputs of these types; ``head`` is what the target needs per row.

    Never raises for a bad document: what cannot be read is a problem like any other. With no
    types at all (no data is chosen) names, ports and parameters are still checked.
    """
    try:
        network = document if isinstance(document, Network) else Network.model_validate(document)
        written = network.document() if isinstance(document, Network) else dict(document)
    except (ValidationError, RecursionError) as error:
        return Analysis(problems=tuple(_unreadable(error)))
    if len(network.nodes) > MOST_NODES:
        args: dict[str, JsonValue] = {"count": len(network.nodes), "most": MOST_NODES}
        return Analysis(problems=(Problem(code="too_many_nodes", args=args),))
    return _Walk(Draft(written, network), types, head).run()


def require(network: Network, types: Mapping[str, TensorType], head: int) -> Analysis:
    """Return the analysis of a network that can be trained; NetworkError if it cannot."""
    found = check(network, types, head)
    errors = [p for p in found.problems if p.level == "error"]
    if errors:
        first = errors[0]
        offers = " or ".join(fix.title for fix in first.fixes[:2])
        raise NetworkError(
            "; ".join(p.sentence() for p in errors[:3]), code=first.code,
            where=f"network '{network.name}'", do=f"Try: {offers}" if offers else "",
            problems=[p.model_dump(mode="json") for p in errors[:10]],
        )  # fmt: skip
    return found


class _Walk:
    """One walk over one document, in the order in which data flows."""

    def __init__(self, draft: Draft, types: Mapping[str, TensorType], head: int) -> None:
        self.draft, self.network, self.head = draft, draft.network, head
        self.types = {n: types[n] for n in self.network.inputs if n in types}
        self.roots: dict[str, str] = {}  # of what has no type: where the trouble starts
        self.reports: dict[str, NodeReport] = {}
        self.problems: list[Problem] = []
        self.hidden = 0
        self.level = "error" if types else "warning"

    def run(self) -> Analysis:
        """Check everything once."""
        self._tell(check_names(self.draft))
        self._tell(self._check_inputs())
        ordered, stuck = sort(self.network.nodes)
        rest = {name: self.network.nodes[name] for name in stuck}
        for ring in rings(rest):
            self.roots |= dict.fromkeys(ring, ring[0])
            self._tell([cycle(self.draft, ring)])
            rest = {name: node for name, node in rest.items() if name not in ring}
        behind, unseen = sort(rest)
        for name in (*ordered, *self.roots.keys() & stuck, *behind, *unseen):
            self._visit(name)
        self._tell(check_outputs(self.draft))
        self._tell(self._check_head())
        self._tell(check_unused(self.draft))
        weights = sum(r.parameters for r in self.reports.values())
        if not weights and not self.roots and not self.problems:
            self._tell([Finding(Problem(code="nothing_learnt"))])
        return self._analysis()

    def _analysis(self) -> Analysis:
        place = {name: i for i, name in enumerate(self.network.nodes)}
        problems = sorted(self.problems, key=lambda p: place.get(p.node or "", -1))
        if self.hidden:
            problems.append(Problem(code="problems_many", args={"count": self.hidden}))
        reports = {name: self.reports[name] for name in self.network.nodes}
        return Analysis(nodes=reports, totals=_sum(reports.values()), problems=tuple(problems))

    def _tell(self, findings: Iterable[Finding]) -> bool:
        """Keep findings, and tell whether there was any; fixes are made for those kept."""
        told = False
        for finding in findings:
            told = True
            if len(self.problems) < MOST_PROBLEMS:
                self.problems.append(finding.whole())
            else:
                self.hidden += 1
        return told

    def _check_inputs(self) -> Iterator[Finding]:
        for name in self.network.inputs:
            if name not in self.types:
                self.roots[name] = name
                level = "error" if self.level == "error" else "warning"
                yield Finding(Problem(code="input_unknown", level=level, node=name))

    def _visit(self, name: str) -> None:
        """Check a node whose sources have been checked, and note its type or its trouble."""
        report = self._check_node(name, self.network.nodes[name])
        self.reports[name] = report
        if report.type is not None:
            self.types[name] = report.type
        else:
            self.roots[name] = report.because_of or name

    def _check_node(self, name: str, node: Node) -> NodeReport:
        op = self._read_op(name, node)
        if op is None or self._tell(check_ports(self.draft, name, op)):
            return NodeReport(state="broken")
        if self.roots.get(name) == name:  # on a cycle, and told of
            return NodeReport(state="broken")
        bad = next((s for s in node.sources() if s not in self.types), None)
        if bad is not None:
            return NodeReport(state="unknown", because_of=self.roots.get(bad, bad))
        return self._run_node(name, node, op)

    def _run_node(self, name: str, node: Node, op: Op) -> NodeReport:
        found = _trace(op, self._given(node, op), self.head)
        if isinstance(found, Refusal):
            self._tell([self._refusal(name, node, found)])
            return NodeReport(state="broken")
        if node.enabled:
            return _report(found)
        if found.passes:
            return NodeReport(state="off", type=found.type)
        off = Problem(code="off_changes_type", node=name)
        self._tell([Finding(off, partial(self.draft.enable, name))])
        return NodeReport(state="broken")

    def _given(self, node: Node, op: Op) -> Given:
        edges = list(node.edges())
        return tuple(
            (port.name, tuple(self.types[s] for at, _, s in edges if at == port.name))
            for port in op.ports
        )

    def _read_op(self, name: str, node: Node) -> Op | None:
        if node.block is not None or node.repeat != 1:
            self._tell([Finding(Problem(code="block_unsupported", node=name))])
            return None
        kinds = ops().names()
        if node.op not in kinds:
            near = get_close_matches(node.op or "", kinds, n=3, cutoff=0.5)
            problem = Problem(code="op_unknown", node=name, args={"op": node.op})
            self._tell([Finding(problem, partial(self._ops_meant, name, near))])
            return None
        found = read(node.op, node.params)
        if isinstance(found, Op):
            return found
        for fault in found:
            problem = Problem(code=fault.code, node=name, args=fault.args)
            self._tell([Finding(problem, partial(self._mend_param, name, fault))])
        return None

    def _ops_meant(self, name: str, near: list[str]) -> list[Fix]:
        return [self.draft.set_op(name, op) for op in near]

    def _mend_param(self, name: str, fault: Fault) -> Iterator[Fix]:
        if fault.code != "param_unknown":
            yield self.draft.set_param(name, fault.param, fault.instead)
            return
        if fault.instead is not None and fault.instead not in self.network.nodes[name].params:
            yield self.draft.rename_param(name, fault.param, str(fault.instead))
        yield self.draft.drop_param(name, fault.param)

    def _refusal(self, name: str, node: Node, found: Refusal) -> Finding:
        """Report why a node cannot take what arrives, at the edge that is to blame."""
        args: dict[str, JsonValue] = {**found.args}
        position = int(found.args.get("edge", 0))
        edges = [Edge(name, *e) for e in node.edges() if e[0] == found.port]
        problem = Problem(code=found.code, node=name, port=found.port, args=args)
        if not edges:
            return Finding(problem)
        edge = edges[position]
        args["source"] = edge.source
        problem = problem.model_copy(update={"args": args})
        return Finding(problem, partial(self._mend_edge, problem, edges[0], edge))

    def _mend_edge(self, problem: Problem, first: Edge, edge: Edge) -> Iterator[Fix]:
        if problem.code == "categories_unread":
            for name, node in self.network.nodes.items():
                if node.op == "columns" and edge.source in node.sources() and name in self.types:
                    yield self.draft.redirect(edge, name)
            yield self.draft.insert(edge, "columns", "x", {})
        if problem.code in ("table_wanted", "categories_wanted"):
            for name in self.network.inputs:
                if name in self.types and name != edge.source and self.types[name].fields:
                    yield self.draft.redirect(edge, name)
        if problem.code == "sizes_differ":
            yield self.draft.insert(edge, "dense", "x", {"units": problem.args["first"]})
            yield self.draft.insert(first, "dense", "x", {"units": problem.args["other"]})
            yield self.draft.set_op(edge.node, "concat")

    def _check_head(self) -> Iterator[Finding]:
        for output, source in self.network.outputs.items():
            given = self.types.get(source)
            if given is None or (_each(given) == (self.head,) and not _categories(given)):
                continue
            args: dict[str, JsonValue] = {"wants": self.head, "given": _shown(given)}
            problem = Problem(code="head_mismatch", node=source, args={**args, "output": output})
            yield Finding(problem, partial(self._mend_head, output, source))

    def _mend_head(self, output: str, source: str) -> Iterator[Fix]:
        node = self.network.nodes.get(source)
        if node is not None and node.op == "dense":
            yield self.draft.set_param(source, "units", "target")
        if node is not None:
            yield self.draft.crown(output, source)


@lru_cache(maxsize=8192)
def _trace(op: Op, given: Given, head: int) -> Trace | Refusal:
    return trace(op, dict(given), head=head)


def _report(found: Trace) -> NodeReport:
    return NodeReport(
        state="ok", type=found.type, parameters=found.parameters, macs=found.macs,
        activation_bytes=found.activation_bytes,
    )  # fmt: skip


def _each(given: TensorType) -> tuple[int | None, ...]:
    """Return the sizes of one answer: members give one each, and each is judged for itself."""
    return given.shape[1:] if [a.name for a in given.axes[:1]] == ["members"] else given.shape


def _categories(given: TensorType) -> bool:
    return any(f.is_category for f in given.fields)


def _shown(given: TensorType) -> int | str:
    size = given.shape[0] if len(given.shape) == 1 else None
    return str(given) if size is None else size


def _sum(reports: Iterable[NodeReport]) -> Totals:
    kept = list(reports)
    return Totals(
        parameters=sum(r.parameters for r in kept),
        macs=sum(r.macs for r in kept),
        activation_bytes=sum(r.activation_bytes for r in kept),
    )


def _unreadable(error: ValidationError | RecursionError) -> Iterator[Problem]:
    """Report what makes the document no network at all, place by place."""
    if isinstance(error, RecursionError):
        yield Problem(code="document_invalid", args={"path": "/", "message": "nested too deeply"})
        return
    for detail in error.errors(include_url=False)[:20]:
        path = "/" + "/".join(str(part)[:80] for part in detail["loc"][:8])
        args: dict[str, JsonValue] = {"path": path, "message": detail["msg"]}
        yield Problem(code="document_invalid", args=args)
