"""Check: what every node gives and costs, and which laws the document breaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import partial
from typing import Any

from pydantic import JsonValue, ValidationError

from danlu.errors import NetworkError
from danlu.network.expand import MOST_NODES, Fault, Origin, expansion
from danlu.network.graph import Network, Node, Option, sort
from danlu.network.laws.analysis import Analysis, Fix, NodeReport, Problem, Totals
from danlu.network.laws.fixes import Draft, scopes
from danlu.network.laws.mends import pool
from danlu.network.laws.parameters import Fault as ParamFault
from danlu.network.laws.parameters import read
from danlu.network.laws.walk import Walk
from danlu.network.laws.wiring import (
    Finding,
    check_names,
    check_outputs,
    check_ports,
    check_unused,
    cycle,
    rings,
)
from danlu.network.ops.base import Op, ops
from danlu.network.ports import Port
from danlu.tensor import TensorType

MOST_PROBLEMS = 100
WHOLE = ("too_many_nodes", "block_recursion", "blocks_deep")


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
    return _Check(written, network, types, head).run()


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


class _Check:
    """One pass over one document: each scope as it is written, then the whole as it runs."""

    def __init__(
        self,
        written: Mapping[str, Any],
        network: Network,
        types: Mapping[str, TensorType],
        head: int,
    ) -> None:
        self.network, self.head = network, head
        self.drafts = {s.block: Draft(dict(written), s) for s in scopes(network)}
        self.top = self.drafts[None]
        self.broken: dict[Origin, str] = {}  # and, for a cycle, where it starts
        self.found = expansion(network)
        self.places: dict[Origin, list[str]] = {}
        for path, origin in self.found.origins.items():
            self.places.setdefault(origin, []).append(path)
        known = {n: types[n] for n in network.inputs if n in types}
        self.walk = Walk(self.found, self.drafts, known, head)
        self.problems: list[Problem] = []
        self.hidden = 0
        self.level = "error" if types else "warning"

    def run(self) -> Analysis:
        """Check everything once."""
        for block, draft in self.drafts.items():
            self._tell(_within(block, check_names(draft)))
            self._check_cycles(block, draft)
            self._check_nodes(block, draft)
        self._tell(self._check_inputs())
        self._tell(self._faults())
        self._tell(self.walk.run(self.broken))
        for block, draft in self.drafts.items():
            self._tell(_within(block, check_outputs(draft)))
        self._tell(self._check_head())
        for block, draft in self.drafts.items():
            self._tell(_within(block, check_unused(draft)))
        weights = sum(r.parameters for r in self.walk.reports.values())
        if not weights and not self.walk.roots and not self.problems:
            self._tell([Finding(Problem(code="nothing_learnt"))])
        return self._analysis()

    def _analysis(self) -> Analysis:
        place = {name: i for i, name in enumerate(self.network.nodes)}
        last = len(place)
        problems = sorted(
            self.problems, key=lambda p: place.get(p.node or "", -1) if p.block is None else last
        )
        if self.hidden:
            problems.append(Problem(code="problems_many", args={"count": self.hidden}))
        flat = self.walk.reports
        within: dict[str, list[NodeReport]] = {}
        for path, report in flat.items():
            within.setdefault(path.partition(".")[0], []).append(report)
        reports = {
            n: flat[n] if n in flat else self._sum_up(n, within.get(n, []))
            for n in self.network.nodes
        }
        return Analysis(
            nodes={**reports, **flat}, totals=_sum(flat.values()), problems=tuple(problems)
        )

    def _sum_up(self, name: str, inner: list[NodeReport]) -> NodeReport:
        """Report a node that stands for several flat ones, or for none."""
        kind = self.walk.types.get(self.found.value(name))
        if not inner or kind is None:
            root = next((r.because_of for r in inner if r.state == "unknown"), None)
            if root is None or root.startswith(f"{name}."):
                return NodeReport(state="broken")
            return NodeReport(state="unknown", because_of=root)
        total = _sum(inner)
        state = "off" if name in self.found.idle else "ok"
        return NodeReport(state=state, type=kind, **total.model_dump())

    def _tell(self, findings: Iterable[Finding]) -> bool:
        """Keep findings, and tell whether there was any; fixes are made for those kept.

        A block is used more than once and written once: its problem is told of once.
        """
        told = False
        for finding in findings:
            told = True
            p = finding.problem
            if p.block is not None and any(_alike(p, q) for q in self.problems):
                continue
            if len(self.problems) < MOST_PROBLEMS:
                self.problems.append(finding.whole())
            else:
                self.hidden += 1
        return told

    def _check_inputs(self) -> Iterator[Finding]:
        for name in self.network.inputs:
            if name not in self.walk.types:
                self.walk.roots[name] = name
                level = "error" if self.level == "error" else "warning"
                yield Finding(Problem(code="input_unknown", level=level, node=name))

    def _check_cycles(self, block: str | None, draft: Draft) -> None:
        stuck = {name: draft.scope.nodes[name] for name in sort(draft.scope.nodes)[1]}
        for ring in rings(stuck):
            self.broken |= {Origin(block, name): ring[0] for name in ring}
            self._tell(_within(block, [cycle(draft, ring)]))

    def _check_nodes(self, block: str | None, draft: Draft) -> None:
        """Check every node of a scope by itself: what it is, its parameters, its ports."""
        for name, written in draft.scope.nodes.items():
            node = written.chosen()
            findings = [*self._read(block, draft, name, node), *self._options(draft, name, written)]
            if not findings:
                findings = [*check_ports(draft, name, self._ports(node)), *_ties(draft, name, node)]
            if self._tell(_within(block, findings)):
                self.broken.setdefault(Origin(block, name), "")

    def _ports(self, node: Node) -> tuple[Port, ...]:
        if node.block is None:
            return ops().get(str(node.op)).ports
        block = self.network.blocks[node.block]
        return tuple(Port(name=name, wants="any") for name in block.inputs)

    def _read(self, block: str | None, draft: Draft, name: str, node: Node) -> Iterator[Finding]:
        """Check what a node is; parameters given by a block's are read where it is used."""
        if node.block is not None:
            if node.block not in self.network.blocks:
                near = get_close_matches(node.block, self.network.blocks, n=2, cutoff=0.5)
                problem = Problem(code="block_unknown", node=name, args={"block": node.block})
                yield Finding(problem, lambda: [draft.set_own(name, "block", b) for b in near])
        elif not node.choices:  # else none of them is in force, and that is told of
            yield from self._read_op(block, draft, name, node)

    def _read_op(self, block: str | None, draft: Draft, name: str, node: Node) -> Iterator[Finding]:
        kinds = ops().names()
        if node.op not in kinds:
            near = get_close_matches(node.op or "", kinds, n=3, cutoff=0.5)
            problem = Problem(code="op_unknown", node=name, args={"op": node.op})
            yield Finding(problem, lambda: [draft.set_op(name, op) for op in near])
            return
        for path in self.places.get(Origin(block, name), [""]):
            params = self.found.nodes[path].params if path else node.params
            if not path and any(isinstance(v, dict) for v in params.values()):
                return
            found = read(node.op, params)
            if isinstance(found, Op):
                continue
            for fault in found:
                problem = Problem(code=fault.code, node=name, args=fault.args)
                yield Finding(problem, partial(_mend_param, draft, name, node, fault))
            return

    def _options(self, draft: Draft, name: str, node: Node) -> Iterator[Finding]:
        """Check the choices that are not in force as far as they can be read alone."""
        for option in node.choices.values():
            yield from self._option(name, option)
        if node.choices and node.choose not in node.choices:
            problem = Problem(code="choice_unknown", node=name, args={"choice": node.choose})
            yield Finding(problem, lambda: [draft.set_own(name, "choose", c) for c in node.choices])

    def _option(self, name: str, option: Option) -> Iterator[Finding]:
        if option.block is not None and option.block not in self.network.blocks:
            yield Finding(Problem(code="block_unknown", node=name, args={"block": option.block}))
        if option.block is None and option.op not in ops().names():
            yield Finding(Problem(code="op_unknown", node=name, args={"op": option.op}))

    def _faults(self) -> Iterator[Finding]:
        """Report what could not be expanded, unless it was told of."""
        for fault in self.found.faults:
            if fault.origin not in self.broken or not fault.path:
                yield Finding(_problem(fault))
                self.broken.setdefault(fault.origin, "")

    def _check_head(self) -> Iterator[Finding]:
        """Check that what is learnt has as many numbers as the target."""
        for output, source in list(self.network.outputs.items())[:1]:
            given = self.walk.types.get(self.found.value(source))
            if given is None or (_each(given) == (self.head,) and not _categories(given)):
                continue
            args: dict[str, JsonValue] = {"wants": self.head, "given": _shown(given)}
            problem = Problem(code="head_mismatch", node=source, args={**args, "output": output})
            yield Finding(problem, partial(self._mend_head, output, source, given))

    def _mend_head(self, output: str, source: str, given: TensorType) -> Iterator[Fix]:
        node = self.network.nodes.get(source)
        if node is not None and node.op == "dense":
            yield self.top.set_param(source, "units", "target")
        if node is not None and len(given.axes) == 1:
            yield self.top.crown(output, source)
        elif node is not None and pool(given):
            yield self.top.crown(output, source, pool(given))


def _within(block: str | None, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Say which block findings are in."""
    for finding in findings:
        problem = finding.problem.model_copy(update={"block": block})
        yield finding._replace(problem=problem)


def _alike(one: Problem, other: Problem) -> bool:
    return (one.block, one.node, one.code, one.port) == (
        other.block, other.node, other.code, other.port
    )  # fmt: skip


def _ties(draft: Draft, name: str, node: Node) -> Iterator[Finding]:
    """Check whose weights a node uses."""
    of = node.tied
    if of is None and node.op in ops().names() and ops().get(node.op).borrows:
        of = ""
    if of is not None and (of not in draft.scope.nodes or of == name):
        yield Finding(Problem(code="tied_unknown", node=name, args={"of": of}))


def _mend_param(draft: Draft, name: str, node: Node, fault: ParamFault) -> Iterator[Fix]:
    if fault.code != "param_unknown":
        yield draft.set_param(name, fault.param, fault.instead)
        return
    if fault.instead is not None and fault.instead not in node.params:
        yield draft.rename_param(name, fault.param, str(fault.instead))
    yield draft.drop_param(name, fault.param)


def _problem(fault: Fault) -> Problem:
    values = {k: v for k, v in fault.error.values.items() if isinstance(v, int | float | str)}
    inner = fault.path != fault.origin.node
    return Problem(
        code=fault.error.code, node=fault.origin.node or None, block=fault.origin.block,
        path=fault.path if inner and fault.path else None, args=values,
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
