"""Repeats: chains of nodes that follow on themselves, and how one becomes a block."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple, TypeVar

from danlu.errors import NetworkError
from danlu.network.graph import Block, Network, Node

T = TypeVar("T")
LONGEST = 64  # sections of a chain that is looked for
Shape = tuple[int, ...]


class Repeat(NamedTuple):
    """The same nodes again and again, each time fed by the last of the time before."""

    nodes: tuple[str, ...]
    """Those of the first time."""
    times: int
    following: tuple[str, ...]
    """Those of the other times, in the same order."""

    def all(self) -> tuple[str, ...]:
        """List every node that the block replaces."""
        return self.nodes + self.following


class _Section(NamedTuple):
    """Nodes between two narrow places of a network, where a single value passes."""

    nodes: tuple[str, ...]
    entry: str
    sign: str
    """The same for sections that do the same."""


def repeats(network: Network, shapes: Mapping[str, Shape]) -> tuple[Repeat, ...]:
    """Find what may be written as a block with ``repeat``; ``shapes`` are those of all values.

    >>> from danlu.network.file import parse
    >>> net = parse('''
    ... inputs: {t: {}}
    ... nodes:
    ...   a: {op: dense, params: {units: 4}, in: {x: t}}
    ...   b: {op: dense, params: {units: 4}, in: {x: a}}
    ... outputs: {y: b}
    ... ''')
    >>> repeats(net, {"t": (4,), "a": (4,), "b": (4,)})
    (Repeat(nodes=('a',), times=2, following=('b',)),)
    """
    found: list[Repeat] = []
    for line in _lines(network):
        at = 0
        while at < len(line):
            period, times = _best(line, at, shapes)
            if times > 1:
                nodes = [n for section in line[at : at + period * times] for n in section.nodes]
                count = len(nodes) // times
                found.append(Repeat(tuple(nodes[:count]), times, tuple(nodes[count:])))
            at += period * times
    return tuple(found)


def _best(line: Sequence[_Section], at: int, shapes: Mapping[str, Shape]) -> tuple[int, int]:
    """Return the length of a period and how often it follows, covering most sections."""
    best = (1, 1)
    for period in range(1, min(LONGEST, (len(line) - at) // 2) + 1):
        if line[at].sign != line[at + period].sign:
            continue
        own = [section.sign for section in line[at : at + period]]
        times = 1
        while [s.sign for s in line[at + times * period : at + (times + 1) * period]] == own:
            times += 1
        entry, out = line[at].entry, line[at + period - 1].nodes[-1]
        if (
            times > 1
            and entry in shapes
            and shapes[entry] == shapes.get(out)
            and times * period > _covered(best)
        ):
            best = (period, times)
    return best


def _covered(best: tuple[int, int]) -> int:
    return best[0] * best[1] if best[1] > 1 else 0


def _lines(network: Network) -> Iterator[list[_Section]]:
    """Yield runs of sections, each of which reads only the last node of the one before."""
    order, nodes = network.order(), network.nodes
    last = {source: i for i, name in enumerate(order) for source in nodes[name].sources()}
    last |= {end: len(order) for end in network.outputs.values()}
    line: list[_Section] = []
    start, reach, entry = 0, 0, ""
    for i, name in enumerate(order):
        if reach > i:  # something before is read after
            reach = max(reach, last.get(name, i))
            continue
        section = _section(nodes, order[start : i + 1], entry)
        if section is None:
            yield line
            line = []
        else:
            line.append(section)
        start, reach, entry = i + 1, last.get(name, i), name
    yield line


def _section(nodes: Mapping[str, Node], names: Sequence[str], before: str) -> _Section | None:
    """Return a section if one value enters it, which is the last of the section before."""
    outside = {s for name in names for s in nodes[name].sources() if s not in names}
    if len(outside) != 1 or (before and outside != {before}):
        return None
    (entry,) = outside
    places = {entry: 0, **{name: i + 1 for i, name in enumerate(names)}}
    sign = []
    for name in names:
        node = nodes[name].model_dump(mode="json", by_alias=True, exclude_defaults=True)
        edges = [(port, at, places[source]) for port, at, source in nodes[name].edges()]
        sign.append({**node, "in": edges, "tied": places.get(node.get("tied", ""))})
    return _Section(tuple(names), entry, json.dumps(sign, sort_keys=True))


def name_for(repeat: Repeat, network: Network) -> str:
    """Name a block by what its nodes' names begin with: of "layers_0_norm" that is "layers"."""
    stem = "_".join(_alike(repeat.all())) or "repeated"
    taken = {*network.nodes, *network.inputs, *network.blocks}
    names = itertools.chain([stem], (f"{stem}_{n}" for n in itertools.count(2)))
    return next(name for name in names if name not in taken)


def fold(
    network: Network, weights: Mapping[str, T], repeat: Repeat, name: str
) -> tuple[Network, dict[str, T]]:
    """Return the network with a repeat written as the block ``name``, and its weights renamed."""
    if name in network.nodes or name in network.inputs or name in network.blocks:
        raise NetworkError(
            f"'{name}' is there already", code="name_taken", where=f"network '{network.name}'",
            do="Give the block another name.", name=name,
        )  # fmt: skip
    inner = _inner_names(repeat.nodes)
    entry = next(s for n in repeat.nodes for s in network.nodes[n].sources() if s not in inner)
    places = {**inner, entry: "x"}
    body = {inner[n]: _moved(network.nodes[n], places) for n in repeat.nodes}
    block = Block(nodes=body, output=inner[repeat.nodes[-1]])
    end = repeat.all()[-1]
    used = Node(block=name, in_={"x": entry}, repeat=repeat.times)
    gone = set(repeat.all())
    nodes: dict[str, Node] = {}
    for key, node in network.nodes.items():
        if key == repeat.nodes[0]:
            nodes[name] = used
        if key not in gone:
            nodes[key] = _moved(node, {end: name})
    outputs = {key: name if source == end else source for key, source in network.outputs.items()}
    blocks = {**network.blocks, name: block}
    folded = network.model_copy(update={"nodes": nodes, "blocks": blocks, "outputs": outputs})
    return folded, _renamed(weights, repeat, inner, name)


def _renamed(
    weights: Mapping[str, T], repeat: Repeat, inner: Mapping[str, str], name: str
) -> dict[str, T]:
    paths: dict[str, str] = {}
    count = len(repeat.nodes)
    for i, node in enumerate(repeat.all()):
        paths[node] = f"{name}.{i // count}.{inner[repeat.nodes[i % count]]}"
    found: dict[str, T] = {}
    for key, weight in weights.items():
        node, _, tensor = key.partition(".")
        found[f"{paths.get(node, node)}.{tensor}"] = weight
    return found


def _inner_names(names: Sequence[str]) -> dict[str, str]:
    """Drop what the names begin with in common: "layer1_0_conv1" is "conv1" inside a block."""
    cut = sum(len(word) + 1 for word in _alike(names)) if len(names) > 1 else 0
    short = {n: n[cut:] for n in names}
    legal = all(s[:1].isalpha() for s in short.values()) and "x" not in short.values()
    if legal:
        return short
    return {n: f"{n}_" if n == "x" else n for n in names}


def _alike(names: Sequence[str]) -> list[str]:
    """Return the words that all names begin with."""
    columns = zip(*(n.split("_") for n in names), strict=False)
    return [column[0] for column in takewhile(lambda column: len(set(column)) == 1, columns)]


def _moved(node: Node, places: Mapping[str, str]) -> Node:
    """Return the node reading the new names."""
    edges = {
        port: places.get(given, given)
        if isinstance(given, str)
        else tuple(places.get(one, one) for one in given)
        for port, given in node.in_.items()
    }
    tied = places.get(node.tied, node.tied) if node.tied else None
    return node.model_copy(update={"in_": edges, "tied": tied})
