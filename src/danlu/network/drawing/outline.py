"""Outline: a document as people read it: steps in order, blocks opened once, key values in words.

Drawings and tables are made from it; it holds no place and no colour. Without torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from pydantic import JsonValue

from danlu.network.graph import Block, Network, Node, Selector, Var, sort
from danlu.network.laws.analysis import NodeReport

Reports = Mapping[str, NodeReport]
BARE = frozenset({"units", "channels", "kind", "to", "order", "form"})
"""Parameters whose value says enough without their name."""
DEEPEST = 16
TIMES = "\N{MULTIPLICATION SIGN}"


class Step(NamedTuple):
    """One line of a scope: an input, a node or an output."""

    name: str
    kind: Literal["input", "op", "block", "output"]
    what: str = ""
    """The op, the block, or the columns of an input."""
    values: str = ""
    marks: tuple[str, ...] = ()
    """What else is true of it: "off", "frozen", "tied to embed", "3 times"."""
    sources: tuple[str, ...] = ()
    report: NodeReport | None = None
    inner: Scope | None = None
    """What is in the block, where it is shown for the first time."""

    @property
    def repeats(self) -> bool:
        """Whether it is applied more than once."""
        return any(mark.startswith(TIMES) for mark in self.marks)


class Scope(NamedTuple):
    """The document, or what is in one block."""

    steps: tuple[Step, ...]

    def edges(self) -> list[tuple[str, str]]:
        """List (source, reader), each pair once; what is not there is no edge."""
        names = {step.name for step in self.steps}
        pairs = {(s, step.name): None for step in self.steps for s in step.sources if s in names}
        return list(pairs)

    def total(self) -> int:
        """Count the steps, with those inside."""
        return len(self.steps) + sum(s.inner.total() for s in self.steps if s.inner)


def outline(network: Network, reports: Reports | None = None) -> Scope:
    """Return the steps of a document; an output is called "→<name>".

    >>> net = Network.model_validate({"inputs": {"table": {"kinds": ["number"]}}, "nodes":
    ...     {"a": {"op": "dense", "params": {"units": 8}, "in": {"x": "table"}, "repeat": 2}},
    ...     "outputs": {"answer": "a"}})
    >>> [(s.name, s.what, s.values, s.marks) for s in outline(net).steps]
    [('table', 'number', '', ()), ('a', 'dense', '8', ('\\xd72',)), ('→answer', '', '', ())]
    """
    reader = _Reader(network.blocks, reports or {})
    inputs = [Step(n, "input", _selected(s)) for n, s in network.inputs.items()]
    outputs = [Step(f"→{n}", "output", sources=(s,)) for n, s in network.outputs.items()]
    return Scope((*inputs, *reader.nodes(network.nodes, ""), *outputs))


def brief(params: Mapping[str, JsonValue], most: int = 4) -> str:
    """Return parameters in few words.

    >>> brief({"channels": 32, "kernel": [3, 5], "bias": False, "units": {"var": "n * 2"}})
    '32, kernel 3\\xd75, no bias, n * 2'
    """
    words = [w for name, value in params.items() if (w := _word(name, value))]
    return ", ".join([*words[:most], *(["…"] if len(words) > most else [])])


def short(count: int) -> str:
    """Return a count in few digits.

    >>> [short(n) for n in (0, 950, 1_000, 12_345, 999_950, 3_400_000, 7_000_000_000)]
    ['0', '950', '1k', '12.3k', '1M', '3.4M', '7G']
    """
    if count < 1000:
        return str(count)
    for unit in ("k", "M", "G", "T"):
        count_in = count / 1000 ** ("kMGT".index(unit) + 1)
        if count_in < 999.5 or unit == "T":
            return f"{count_in:.3g}{unit}"
    raise AssertionError


class _Reader:
    """Reads nodes into steps; a block is opened where it is met first."""

    def __init__(self, blocks: Mapping[str, Block], reports: Reports) -> None:
        self.blocks, self.reports = blocks, reports
        self.opened: set[str] = set()

    def nodes(self, nodes: Mapping[str, Node], prefix: str, depth: int = 0) -> list[Step]:
        ordered, stuck = sort(nodes)
        place = {name: i for i, name in enumerate(nodes)}
        names = _written(ordered, nodes, place)
        return [self._step(n, nodes[n], prefix, depth) for n in (*names, *stuck)]

    def _step(self, name: str, node: Node, prefix: str, depth: int) -> Step:
        one = node.chosen()
        what = one.block or one.op or "?"
        step = Step(
            name, "block" if one.block else "op", what, brief(one.params), _marks(node, one),
            tuple(dict.fromkeys(node.sources())), self.reports.get(prefix + name),
        )  # fmt: skip
        block = self.blocks.get(one.block or "")
        if block is None or what in self.opened or depth >= DEEPEST:
            return step
        self.opened.add(what)
        first = f"{prefix}{name}.0." if step.repeats else f"{prefix}{name}."
        inputs = [Step(port, "input") for port in block.inputs]
        steps = self.nodes(block.nodes, first, depth + 1)
        output = Step(f"→{block.output}", "output", sources=(block.output,))
        return step._replace(inner=Scope((*inputs, *steps, output)))


def _written(
    ordered: Sequence[str], nodes: Mapping[str, Node], place: Mapping[str, int]
) -> list[str]:
    """Return the nodes as written where that is an order of reading, else sorted."""
    kept = set(ordered)
    names = [n for n in nodes if n in kept]
    fits = all(place[s] < place[n] for n in names for s in nodes[n].sources() if s in kept)
    return names if fits else list(ordered)


def _marks(node: Node, one: Node) -> tuple[str, ...]:
    """Return what is to be said of a node beside its op and values."""
    times = one.repeat.var if isinstance(one.repeat, Var) else one.repeat
    repeated = [f"{TIMES}{times}"] if times != 1 else []
    said = {
        "shared": node.shared and bool(repeated),
        f"1 of {len(node.choices)}": bool(node.choices),
        f"tied to {node.tied}": node.tied is not None,
        "frozen": node.frozen,
        "off": not node.enabled,
    }
    return (*repeated, *(mark for mark, holds in said.items() if holds))


def _selected(selector: Selector) -> str:
    names = [*(selector.kinds or ()), *(selector.columns or ())]
    return ", ".join(names[:3]) + (f" +{len(names) - 3}" if len(names) > 3 else "")


def _word(name: str, value: JsonValue) -> str:
    said = name.replace("_", " ")
    if isinstance(value, bool):
        return said if value else f"no {said}"
    if isinstance(value, dict):
        value = str(value.get("var", "…"))
    if isinstance(value, list):
        value = TIMES.join(str(v) for v in value[:4])
    if value is None:
        return ""
    shown = f"{value:g}" if isinstance(value, float) else str(value)[:24]
    return shown if name in BARE or said in shown.split() else f"{said} {shown}"


def uses(network: Network) -> list[str]:
    """List the ops that a document names, in choices and blocks too.

    >>> dense = {"op": "dense", "in": {"x": "t"}}
    >>> uses(Network.model_validate({"inputs": {}, "nodes": {"d": dense}, "outputs": {}}))
    ['dense']
    """
    scopes = [network.nodes, *(block.nodes for block in network.blocks.values())]
    nodes = [node for scope in scopes for node in scope.values()]
    named = {node.op for node in nodes}
    named |= {option.op for node in nodes for option in node.choices.values()}
    return sorted(op for op in named if op)
