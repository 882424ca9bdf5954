"""Union: the smallest network that holds several as its parts, so that they train as one.

A part's weights are filled with zeros at the end of every axis; an application it lacks, of a
repeat or of a node that is off, passes its input. Both are exact: what is no part gives zero and
takes no gradient (docs/decisions/masking.md).
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

import torch
from torch import Tensor

from danlu.compile.key import dials_of, fixed, plain, program_key
from danlu.compile.module import NetModule, Wire, file_of, op_of
from danlu.errors import NetworkError, TrainingError
from danlu.network.expand import expand
from danlu.network.graph import Network, Node
from danlu.network.ops.base import Layer, Live, Masks
from danlu.tensor import TensorType

Types = Mapping[str, TensorType]
Tensors = dict[str, Tensor]
COUNT, FILL, ON = "count/", "fill/", "on/"


class Part:
    """One concrete network by itself; nodes are known by their plain names."""

    def __init__(self, network: Network, types: Types, head: int) -> None:
        self.network, self.net = network, NetModule(network, types, head)
        flat = expand(network).nodes
        self.wires = {plain(w.node): w for w in self.net.wires}
        self.ops = {name: op_of(w.node, flat[w.node]) for name, w in self.wires.items()}
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


class Union:
    """Networks of several sizes as one module; ``marks`` say what of it is real for each."""

    def __init__(self, networks: Sequence[Network], types: Types, head: int) -> None:
        keys = [program_key(n) for n in networks]
        made = {k: Part(n, types, head) for k, n in dict(zip(keys, networks, strict=True)).items()}
        self.parts = [made[key] for key in keys]
        self.whole = self.parts[0] if len(made) == 1 else _whole(networks, types, head)
        self.net = self.whole.net
        self.marks: Tensors = {}
        self._dials = dials_of(self.whole.network)
        if len(made) > 1:
            self._mask(dict(made))

    @property
    def fusible(self) -> bool:
        """Whether the layers run under ``vmap``."""
        return all(op.fusible for op in self.whole.ops.values())

    def fill(self, part: Part, tensors: Mapping[str, Tensor]) -> Tensors:
        """Return the tensors of one part as those of the whole: zeros beyond their ends."""
        if part is self.whole:
            return dict(tensors)
        names = self._names(part)
        mine = {names[n]: t for n, t in tensors.items()}
        return {n: _padded(mine.get(n), shape) for n, shape in self.whole.shapes.items()}

    def crop(self, part: Part, tensors: Mapping[str, Tensor]) -> Tensors:
        """Return what one part has of the tensors of the whole, under its own names."""
        if part is self.whole:
            return dict(tensors)
        return {
            mine: tensors[whole][tuple(slice(size) for size in part.shapes[mine])]
            for mine, whole in self._names(part).items()
        }

    def named(self, dials: Mapping[str, float]) -> dict[str, float]:
        """Return the dials of a part under the names they have in the whole, which has more."""
        mine = {plain(key): value for key, value in dials.items()}
        return {key: mine.get(plain(key), value) for key, value in self._dials.items()}

    def _names(self, part: Part) -> dict[str, str]:
        """Return how the whole calls the tensors of a part."""
        found: dict[str, str] = {}
        for name, wire in part.wires.items():
            mine, whole = file_of(wire.node), file_of(self.whole.wires[name].node)
            found |= {
                n: whole + n.removeprefix(mine) for n in part.shapes if n.startswith(f"{mine}.")
            }
        return found

    def _mask(self, made: Mapping[str, Part]) -> None:
        """Find what each part lacks, and wrap the layers at which it shows."""
        lacking = _chain({key: _lacking(self.whole, p) for key, p in made.items()}, self.whole)
        fills = {key: _fills(self.whole, p) for key, p in made.items()}
        passes = {name: source for found in lacking.values() for name, source in found.items()}
        for place, wire in enumerate(self.net.wires):
            name = plain(wire.node)
            size = _last(wire.type)
            counts = {p: fills[k][name] for k, p in made.items() if name in fills[k]}
            spills = any(c < size for c in counts.values()) and _spills(wire, self.whole)
            if spills:
                ends = [counts.get(p, size) for p in self.parts]
                mask = [(torch.arange(size) < end).float() for end in ends]
                self.marks[FILL + wire.node] = torch.stack(mask)
            if self.whole.ops[name].on_fill == "counts" and counts:
                real = [float(counts.get(p, size)) for p in self.parts]
                self.marks[COUNT + wire.node] = torch.tensor(real)
            if name in passes:
                lacks = {made[k] for k, found in lacking.items() if name in found}
                on = [0.0 if p in lacks else 1.0 for p in self.parts]
                self.marks[ON + wire.node] = torch.tensor(on)
            if spills or name in passes:
                source = self.whole.wires.get(passes.get(name, ""))
                self.net.wires[place] = _masked(wire, passes.get(name), source, spills=spills)


def counts(marks: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return what `Live.counts` is for one trial."""
    return {n.removeprefix(COUNT): t for n, t in marks.items() if n.startswith(COUNT)}


class _Masked(Layer):
    """A layer whose output is zero beyond its end, or for some trials another tensor."""

    def __init__(self, inner: Layer, *, spills: bool, passes: bool) -> None:
        super().__init__()
        self._inner = [inner]  # in a list, so that its weights keep their names
        self._spills, self._passes = spills, passes

    def mask(self, tensors: tuple[Tensor, ...], masks: Masks) -> Tensor | None:
        """Return what the layer says."""
        end = len(tensors) - self._passes
        return self._inner[0].mask(tensors[:end], masks[:end])

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Run the layer, then put right what is no part of this trial."""
        end = len(tensors) - self._passes
        seen = replace(live, masks=live.masks[:end]) if live.masks else live
        out = self._inner[0](*tensors[:end], node=node, live=seen)
        if self._spills:
            out = out * live.dials[FILL + node]
        if self._passes:
            out = torch.lerp(tensors[-1], out, live.dials[ON + node])  # exact at 0 and at 1
        return out


def _masked(wire: Wire, instead: str | None, source: Wire | None, *, spills: bool) -> Wire:
    assert wire.layer is not None
    layer = _Masked(wire.layer, spills=spills, passes=instead is not None)
    if instead is None:
        return wire._replace(layer=layer)
    return wire._replace(layer=layer, sources=(*wire.sources, source.node if source else instead))


def _lacking(whole: Part, part: Part) -> dict[str, str]:
    """Return what a part reads where the whole reads a node that this part lacks."""
    if not part.wires.keys() <= whole.wires.keys():
        _refuse("their nodes")
    pairs = list(zip(whole.outputs(), part.outputs(), strict=True))
    for name in whole.wires:
        pairs += _edges(name, whole, part)
    found: dict[str, str] = {}
    for theirs, mine in pairs:
        if theirs != mine and (part.has(theirs) or found.setdefault(theirs, mine) != mine):
            _refuse(f"what '{theirs}' is read for")
    return found


def _edges(name: str, whole: Part, part: Part) -> list[tuple[str, str]]:
    """Pair what a node reads in the whole with what it reads in a part."""
    if part.has(name):
        _same(name, whole, part)
        return list(zip(whole.sources(name), part.sources(name), strict=True))
    if not whole.has(name):
        return []
    if whole.ops[name].on_fill == "refuses" or whole.wires[name].lender is not None:
        _refuse(f"whether '{name}' is there")
    return [(name, part.sources(name)[0])] if name in part.wires else []


def _same(name: str, whole: Part, part: Part) -> None:
    """Demand that a node is the same but for what can be masked."""
    mine, theirs = part.ops[name], whole.ops[name]
    if type(mine) is not type(theirs) or fixed(mine) != fixed(theirs):
        _refuse(f"'{name}'")


def _chain(lacking: dict[str, dict[str, str]], whole: Part) -> dict[str, dict[str, str]]:
    """Let every missing node stand for one other, the same in all parts.

    Of a node repeated three times, one part may read the first for the third, another the second:
    then the first of them reads the second for the third, and the first for the second.
    """
    order = {name: place for place, name in enumerate([*whole.types])}
    for name in reversed(list(whole.wires)):
        sources = {found[name] for found in lacking.values() if name in found}
        if len(sources) < 2:
            continue
        last = max(sources, key=lambda s: order[s])
        for found in (f for f in lacking.values() if f.get(name, last) != last):
            if found.setdefault(last, found[name]) != found[name]:
                _refuse(f"what stands for '{name}'")
            found[name] = last
    return lacking


def _fills(whole: Part, part: Part) -> dict[str, int]:
    """Return how much of the output of each node is real; refuse where that cannot be."""
    found: dict[str, int] = {}
    for name in part.wires:
        if not part.has(name):
            continue
        word = whole.ops[name].on_fill
        given = [_end(whole.types[s], part.types[t], name)
                 for s, t in zip(whole.sources(name), part.sources(name), strict=True)]  # fmt: skip
        filled = [end is not None for end in given]
        if any(filled) and (word == "refuses" or (word == "last" and any(filled[:-1]))):
            _refuse(f"the sizes that '{name}' reads")
        end = _end(whole.types[name], part.types[name], name)
        if end is not None:
            found[name] = end
    if any(name in found for name in part.outputs()):
        _refuse("the sizes of an output")
    return found


def _end(whole: TensorType, part: TensorType, name: str) -> int | None:
    """Return the real size of the last axis where it is smaller; everything else must agree."""
    if whole.axes == part.axes:
        return None
    if len(whole.axes) != len(part.axes) or whole.axes[:-1] != part.axes[:-1]:
        _refuse(f"the axes at '{name}'")
    end = _last(part)
    return end if end < _last(whole) else _refuse(f"the sizes at '{name}'")


def _spills(wire: Wire, whole: Part) -> bool:
    """Whether zeros at the end of what a layer reads do not stay zeros: try it, without weights."""
    given = [whole.types[plain(s)] for s in wire.sources]
    zeros = [torch.zeros(2, *(size or 1 for size in t.shape)) for t in given]
    count = {wire.node: torch.tensor(1.0)}
    noisy = Live(training=True, draw=lambda _, shape: torch.full(shape, 0.75), counts=count)
    layer = copy.deepcopy(wire.layer)  # norms write while they train
    assert layer is not None
    with torch.no_grad():
        found = [layer(*zeros, node=wire.node, live=live) for live in (Live(counts=count), noisy)]
    return any(bool(out[..., -1].any()) for out in found)


def largest(networks: Sequence[Network]) -> Network:
    """Return the smallest network that has every size and every application of some others."""
    nodes = {name: _largest([n.nodes[name] for n in networks]) for name in networks[0].nodes}
    return networks[0].model_copy(update={"nodes": nodes})


def _whole(networks: Sequence[Network], types: Types, head: int) -> Part:
    try:
        return Part(largest(networks), types, head)
    except NetworkError as error:
        raise mixed(str(error)) from error


def _largest(nodes: Sequence[Node]) -> Node:
    first = nodes[0]
    if all(n == first for n in nodes):
        return first
    choices = {
        name: o.model_copy(
            update={"params": _greatest([n.choices[name].params for n in nodes]),
                    "repeat": _most([n.choices[name].repeat for n in nodes])}
        )
        for name, o in first.choices.items()
    }  # fmt: skip
    if len({n.choose for n in nodes}) > 1:
        _refuse("what a node is")
    return first.model_copy(
        update={
            "params": _greatest([n.params for n in nodes]), "choices": choices,
            "repeat": _most([n.repeat for n in nodes]), "enabled": any(n.enabled for n in nodes),
        }
    )  # fmt: skip


def _greatest(params: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    names = dict.fromkeys(name for p in params for name in p)
    return {name: _most([p[name] for p in params if name in p]) for name in names}


def _most(values: Iterable[Any]) -> Any:
    """Return the largest of several sizes; of anything else the first."""
    given = list(values)
    whole = all(isinstance(v, int) and not isinstance(v, bool) for v in given)
    return max(given) if whole else given[0]


def _padded(tensor: Tensor | None, shape: tuple[int, ...]) -> Tensor:
    found = torch.zeros(shape)
    if tensor is not None:
        found[tuple(slice(size) for size in tensor.shape)] = tensor
    return found


def _last(given: TensorType) -> int:
    return given.axes[-1].size or 0


def mixed(what: str) -> TrainingError:
    """Return the error for trials that cannot train as one."""
    return TrainingError(
        f"trials of one cohort differ in {what}", code="cohort_mixed", where="train job",
        do="Give trials of different sizes cohorts of their own.",
    )  # fmt: skip


def _refuse(what: str) -> NoReturn:
    raise mixed(what)
