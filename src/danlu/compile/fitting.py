"""Fitting: where a network lies in a larger one that holds it, node by node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, NoReturn

from torch import Tensor

from danlu.compile.key import fixed, plain
from danlu.compile.module import NetModule, file_of, op_of
from danlu.errors import TrainingError
from danlu.network.along import Along, Fit, Lie, axis_of, every
from danlu.network.expand import expand
from danlu.network.graph import Network
from danlu.tensor import TensorType

Types = Mapping[str, TensorType]
Axes = tuple[Along, ...]
Differ = Mapping[str, frozenset[str]]


class Part:
    """One concrete network by itself; nodes are known by their plain names."""

    def __init__(self, network: Network, types: Types, head: int) -> None:
        self.network, self.head, self.net = network, head, NetModule(network, types, head)
        flat = expand(network).nodes
        self.wires = {plain(w.node): w for w in self.net.wires}
        self.ops = {name: op_of(w.node, flat[w.node]) for name, w in self.wires.items()}
        self.lenders = {plain(n): plain(str(node.tied)) for n, node in flat.items() if node.tied}
        self.types = {**types, **{name: w.type for name, w in self.wires.items()}}
        self.shapes = {n: tuple(t.shape) for n, t in self.net.state_dict().items()}
        self.parameters = sum(p.numel() for p in self.net.parameters())

    def sources(self, name: str) -> list[str]:
        """Return what a node reads."""
        return [plain(s) for s in self.wires[name].sources]

    def outputs(self) -> list[str]:
        """Return what the outputs are."""
        return [plain(s) for s in self.net.outputs.values()]

    def has(self, name: str) -> bool:
        """Whether a node does anything."""
        return name in self.wires and self.wires[name].layer is not None

    def weights(self, name: str) -> dict[str, tuple[int, ...]]:
        """Return the shapes of what a node holds; nothing, if it uses what another holds."""
        start = f"{file_of(self.wires[name].node)}."
        return {n.removeprefix(start): s for n, s in self.shapes.items() if n.startswith(start)}


class Fitted(NamedTuple):
    """Where one part lies in the whole."""

    values: dict[str, Along]
    """What every node gives, and every input."""
    tensors: dict[str, tuple[str, Axes]]
    """By its name in the part: the name in the whole, and where it lies."""


def differences(parts: Iterable[Part]) -> Differ:
    """Return by node in which of the sizes that can be masked some parts differ."""
    seen: dict[str, dict[str, set[object]]] = {}
    for part in parts:
        for name, op in part.ops.items():
            for field in op.maskable:
                values = seen.setdefault(name, {}).setdefault(field, set())
                values.add(getattr(op, field))
    return {n: frozenset(f for f, v in fields.items() if len(v) > 1) for n, fields in seen.items()}


def fit(whole: Part, part: Part, differ: Differ) -> Fitted:
    """Find where a part lies; refuse where that cannot be said."""
    values = {n: every(_width(t)) for n, t in part.types.items() if n not in part.wires}
    lies: dict[str, dict[str, Axes]] = {}
    for name in part.wires:
        given = tuple(values[s] for s in part.sources(name))
        if not part.has(name):
            values[name] = given[0]
            continue
        lie = _lie(whole, part, name, given, differ.get(name, frozenset()))
        _check(whole.types[name], part.types[name], lie.out, name)
        values[name] = lie.out
        lies[name] = _weights(whole, part, name, lie, given)
        if name in part.lenders and lies[name] and lies[name] != lies.get(part.lenders[name]):
            refuse(f"the sizes that '{name}' reads", node=name)
    if any(not values[name].is_whole for name in part.outputs()):
        refuse("the sizes of an output")
    return Fitted(values, _tensors(whole, part, lies))


def _lie(
    whole: Part, part: Part, name: str, given: tuple[Along, ...], differ: frozenset[str]
) -> Lie:
    same = whole.types[name].axes == part.types[name].axes
    if same and all(g.is_whole for g in given) and _shapes(whole, name) == _shapes(part, name):
        return Lie(every(_width(part.types[name])))
    op = whole.ops[name]
    types = tuple(whole.types[s] for s in whole.sources(name))
    refuses = op.on_fill == "refuses" or whole.wires[name].lender is not None
    found = None if refuses else op.along(Fit(op, part.ops[name], given, types, whole.head, differ))
    return found or refuse(f"the sizes that '{name}' reads", node=name)


def _check(whole: TensorType, part: TensorType, out: Along, name: str) -> None:
    """Demand that nothing but the width differs, and that by as much as the op says."""
    at = axis_of(part)
    mine, theirs = ([*t.axes[:at], *t.axes[at + 1 :]] for t in (part, whole))
    if mine != theirs or (len(out.at), out.of) != (_width(part), _width(whole)):
        refuse(f"the axes at '{name}'", node=name)


def _weights(
    whole: Part, part: Part, name: str, lie: Lie, given: tuple[Along, ...]
) -> dict[str, Axes]:
    """Return where every weight of a node lies, axis by axis."""
    mine, theirs = _shapes(part, name), _shapes(whole, name)
    if mine.keys() != theirs.keys():
        refuse(f"the weights of '{name}'", node=name)
    found: dict[str, Axes] = {}
    for weight, shape in mine.items():
        usual = (*(None for _ in shape[1:]), None if shape == theirs[weight] else given[0])
        told = lie.weights.get(weight, usual)
        whole_axes = [every(size) for size in theirs[weight]]
        axes = tuple(
            (told[at] if at < len(told) else None) or axis for at, axis in enumerate(whole_axes)
        )
        if tuple((len(a.at), a.of) for a in axes) != tuple(zip(shape, theirs[weight], strict=True)):
            refuse(f"the weights of '{name}'", node=name)
        found[weight] = axes
    return found


def _shapes(part: Part, name: str) -> dict[str, tuple[int, ...]]:
    """Return the shapes of all a node uses, whoever holds it."""
    layer = part.wires[name].layer
    state: Mapping[str, Tensor] = {} if layer is None else layer.state_dict()
    return {n: tuple(t.shape) for n, t in state.items()}


def _tensors(
    whole: Part, part: Part, lies: Mapping[str, Mapping[str, Axes]]
) -> dict[str, tuple[str, Axes]]:
    found: dict[str, tuple[str, Axes]] = {}
    for name, axes in lies.items():
        mine, theirs = (file_of(p.wires[name].node) for p in (part, whole))
        found |= {f"{mine}.{n}": (f"{theirs}.{n}", a) for n, a in axes.items()}
    return {n: one for n, one in found.items() if n in part.shapes}


def lacking(whole: Part, part: Part) -> dict[str, str]:
    """Return what a part reads where the whole reads a node that this part lacks."""
    if not part.wires.keys() <= whole.wires.keys():
        refuse("their nodes")
    pairs = list(zip(whole.outputs(), part.outputs(), strict=True))
    for name in whole.wires:
        pairs += _edges(name, whole, part)
    found: dict[str, str] = {}
    for theirs, mine in pairs:
        if theirs != mine and (part.has(theirs) or found.setdefault(theirs, mine) != mine):
            refuse(f"what '{theirs}' is read for")
    return found


def _edges(name: str, whole: Part, part: Part) -> list[tuple[str, str]]:
    """Pair what a node reads in the whole with what it reads in a part."""
    if part.has(name):
        _same(name, whole, part)
        return list(zip(whole.sources(name), part.sources(name), strict=True))
    if not whole.has(name):
        return []
    if whole.ops[name].on_fill == "refuses" or whole.wires[name].lender is not None:
        refuse(f"whether '{name}' is there")
    return [(name, part.sources(name)[0])] if name in part.wires else []


def _same(name: str, whole: Part, part: Part) -> None:
    """Demand that a node is the same but for what can be masked."""
    mine, theirs = part.ops[name], whole.ops[name]
    if type(mine) is not type(theirs) or fixed(mine) != fixed(theirs):
        refuse(f"'{name}'", node=name)


def chain(lacks: dict[str, dict[str, str]], whole: Part) -> dict[str, dict[str, str]]:
    """Let every missing node stand for one other, the same in all parts.

    Of a node repeated three times, one part may read the first for the third, another the second:
    then the first of them reads the second for the third, and the first for the second.
    """
    order = {name: place for place, name in enumerate([*whole.types])}
    for name in reversed(list(whole.wires)):
        sources = {found[name] for found in lacks.values() if name in found}
        if len(sources) < 2:
            continue
        last = max(sources, key=lambda s: order[s])
        for found in (f for f in lacks.values() if f.get(name, last) != last):
            if found.setdefault(last, found[name]) != found[name]:
                refuse(f"what stands for '{name}'")
            found[name] = last
    return lacks


def _width(kind: TensorType) -> int:
    return kind.axes[axis_of(kind)].size or 0


def mixed(what: str, *, node: str = "") -> TrainingError:
    """Return the error for trials that cannot train as one."""
    return TrainingError(
        f"trials of one cohort differ in {what}", code="cohort_mixed", where="train job",
        do="Give trials of different sizes cohorts of their own.", node=node,
    )  # fmt: skip


def refuse(what: str, *, node: str = "") -> NoReturn:
    """Say that some trials cannot train as one, and at which node it shows."""
    raise mixed(what, node=node)


def seen_at(part: Part, node: str) -> str:
    """Return everything about a node that could keep trials apart."""
    read = [part.types[s].model_dump_json() for s in part.sources(node)] if part.has(node) else []
    shapes = _shapes(part, node) if part.has(node) else {}
    return f"{read} {shapes} {fixed(part.ops[node]) if node in part.ops else None}"
