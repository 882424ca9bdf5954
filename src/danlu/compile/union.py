"""Union: the smallest network that holds several as its parts, so that they train as one.

A part's weights lie along larger ones, among zeros; an application it lacks, of a repeat or of a
node that is off, passes its input. Both are exact: what is no part gives zero and takes no
gradient (docs/decisions/masking.md).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from danlu.compile.fitting import (
    Axes,
    Differ,
    Fitted,
    Part,
    Types,
    chain,
    differences,
    fit,
    lacking,
    mixed,
    refuse,
)  # fmt: skip
from danlu.compile.key import dials_of, plain, program_key
from danlu.compile.module import Wire
from danlu.errors import NetworkError
from danlu.network.along import Along, axis_of
from danlu.network.graph import Network, Node
from danlu.network.ops.base import DTYPES, Layer, Live, Masks
from danlu.tensor import TensorType

Tensors = dict[str, Tensor]
Draw = Callable[[str, tuple[int, ...]], Tensor]
Places = tuple[Tensor | slice, ...]
REAL, FILL, ON, PLACE = "real/", "fill/", "on/", "place/"


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
        self._differ: Differ = {}
        self._fits: dict[Part, Fitted] = {}
        self._found: dict[Part, dict[str, tuple[str, Places]]] = {}
        if len(made) > 1:
            lacks = chain({k: lacking(self.whole, part) for k, part in made.items()}, self.whole)
            self._differ = differences(made.values())
            self._fits = {p: fit(self.whole, p, self._differ) for p in made.values()}
            self._found = {part: _found(one) for part, one in self._fits.items()}
            self._mask({made[key]: found for key, found in lacks.items()})

    @property
    def is_mixed(self) -> bool:
        """Whether its parts differ in more than dials."""
        return any(part is not self.whole for part in self.parts)

    @property
    def fusible(self) -> bool:
        """Whether the layers run under ``vmap``."""
        return all(op.fusible for op in self.whole.ops.values())

    def fill(self, part: Part, tensors: Mapping[str, Tensor]) -> Tensors:
        """Return the tensors of one part as those of the whole: zeros where it has none."""
        if part is self.whole:
            return dict(tensors)
        at = next((t.device for t in tensors.values()), None)
        filled = {n: torch.zeros(shape, device=at) for n, shape in self.whole.shapes.items()}
        for mine, tensor in tensors.items():
            name, places = self._found[part][mine]
            filled[name][places] = tensor
        return filled

    def crop(self, part: Part, tensors: Mapping[str, Tensor]) -> Tensors:
        """Return what one part has of the tensors of the whole, under its own names."""
        if part is self.whole:
            return dict(tensors)
        found = self._found[part].items()
        return {mine: tensors[n][places] for mine, (n, places) in found if n in tensors}

    def named(self, dials: Mapping[str, float]) -> dict[str, float]:
        """Return the dials of a part under the names they have in the whole, which has more."""
        mine = {plain(key): value for key, value in dials.items()}
        return {key: mine.get(plain(key), value) for key, value in self._dials.items()}

    def _mask(self, lacks: Mapping[Part, Mapping[str, str]]) -> None:
        """Find what each part lacks, and wrap the layers at which it shows."""
        passes = {name: source for found in lacks.values() for name, source in found.items()}
        for place, wire in enumerate(self.net.wires):
            name = plain(wire.node)
            told = self._mark(wire)
            if name in passes:
                on = [float(name not in lacks[part]) for part in self.parts]
                self.marks[ON + wire.node] = torch.tensor(on)
                source = self.whole.wires.get(passes[name])
                told = told._replace(instead=source.node if source else passes[name])
            if any(value is not None for value in told):
                self.net.wires[place] = _masked(wire, told)

    def _mark(self, wire: Wire) -> _Told:
        """Mark what is real of what a layer reads, and of what it gives if that shows."""
        name, told = plain(wire.node), _Told()
        if not self.whole.has(name):
            return told
        if self.whole.ops[name].on_fill == "counts":
            self._tell(wire)
        given = [self._fits[part].values.get(name) for part in self.parts]
        if not _lack(given):
            return told
        real = _real(given, wire.type)
        tried = _try(wire, self.whole, real)
        if tried.spills:
            self.marks[FILL + wire.node] = real
            told = told._replace(spills=True)
        if tried.draws and not all(along is None or along.is_first for along in given):
            places = (real.flatten(1).cumsum(1) - 1).clamp(min=0).long()
            self.marks[PLACE + wire.node] = places
            told = told._replace(axis=axis_of(wire.type) + 1)
        return told

    def _tell(self, wire: Wire) -> None:
        """Mark what is real of what a layer reads, and its own sizes, for it to count by."""
        name = plain(wire.node)
        read, differ = [self._reads(part, name) for part in self.parts], self._differ.get(name, ())
        if not _lack(read) and not differ:
            return
        self.marks[REAL + wire.node] = _real(read, self.whole.types[plain(wire.sources[0])])
        for field in differ:
            sizes = [getattr(p.ops.get(name, self.whole.ops[name]), field) for p in self.parts]
            self.marks[f"{wire.node}.{field}"] = torch.tensor([float(size) for size in sizes])

    def _reads(self, part: Part, name: str) -> Along | None:
        """Return where what a node reads lies; None if a part lacks the node."""
        return self._fits[part].values[part.sources(name)[0]] if part.has(name) else None


def real_of(marks: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return what `Live.real` is for one trial."""
    return {n.removeprefix(REAL): t for n, t in marks.items() if n.startswith(REAL)}


class _Told(NamedTuple):
    """What there is to put right at a layer; None = nothing."""

    spills: bool | None = None
    """Zeros do not stay zeros."""
    axis: int | None = None
    """Along it noise is not drawn where the trial alone would draw it."""
    instead: str | None = None
    """What some trials have in place of its output."""


class _Masked(Layer):
    """A layer whose output is zero where a trial has nothing, or for some another tensor."""

    def __init__(self, inner: Layer, told: _Told) -> None:
        super().__init__()
        self._inner = [inner]  # in a list, so that its weights keep their names
        self._told, self._passes = told, told.instead is not None

    def mask(self, tensors: tuple[Tensor, ...], masks: Masks) -> Tensor | None:
        """Return what the layer says."""
        end = len(tensors) - self._passes
        return self._inner[0].mask(tensors[:end], masks[:end])

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:
        """Run the layer, then put right what is no part of this trial."""
        end = len(tensors) - self._passes
        seen = replace(live, masks=live.masks[:end]) if live.masks else live
        if self._told.axis is not None:
            seen = replace(seen, draw=self._moved(live, tensors[0].shape))
        out = self._inner[0](*tensors[:end], node=node, live=seen)
        if self._told.spills:
            out = out * live.dials[FILL + node]
        if self._passes:
            out = torch.lerp(tensors[-1], out, live.dials[ON + node])  # exact at 0 and at 1
        return out

    def _moved(self, live: Live, whole: tuple[int, ...]) -> Draw:
        """Return noise as the trial alone would draw it, moved to where its features lie."""

        def draw(node: str, shape: tuple[int, ...]) -> Tensor:
            noise, axis = live.draw(node, shape), self._told.axis
            if axis is None or tuple(shape) != tuple(whole):
                return noise
            return noise.index_select(axis, live.dials[PLACE + node])

        return draw


def _masked(wire: Wire, told: _Told) -> Wire:
    assert wire.layer is not None
    more = () if told.instead is None else (told.instead,)
    return wire._replace(layer=_Masked(wire.layer, told), sources=(*wire.sources, *more))


def _lack(found: Iterable[Along | None]) -> bool:
    return any(along is not None and not along.is_whole for along in found)


def _real(found: Sequence[Along | None], kind: TensorType) -> Tensor:
    """Say what of a width each part has  # (parts, width, and 1 for every axis behind it)."""
    at = axis_of(kind)
    real = torch.ones(len(found), kind.axes[at].size or 0)
    for row, along in zip(real, found, strict=True):
        if along is not None:
            row.zero_()[list(along.at)] = 1.0
    return real.view(*real.shape, *(1 for _ in kind.axes[at + 1 :]))


class _Tried(NamedTuple):
    spills: bool
    draws: bool


def _try(wire: Wire, whole: Part, real: Tensor) -> _Tried:
    """Give a layer without weights nothing but zeros: what comes out where parts have nothing?"""
    given = [whole.types[plain(s)] for s in wire.sources]
    zeros = [torch.zeros(2, *(s or 1 for s in t.shape), dtype=DTYPES[t.dtype]) for t in given]
    drawn = []

    def draw(node: str, shape: tuple[int, ...]) -> Tensor:
        drawn.append(node)
        return torch.full(shape, 0.75)

    first = _real([Along((0,), 1)], given[0])[0]
    first.flatten()[1:] = 0.0
    quiet = Live(real={wire.node: first})
    layer = copy.deepcopy(wire.layer)  # norms write while they train
    assert layer is not None
    fill = (real == 0).any(0)  # (width, 1, ...)
    with torch.no_grad():
        found = [
            layer(*zeros, node=wire.node, live=live)
            for live in (quiet, replace(quiet, training=True, draw=draw))
        ]
    return _Tried(any(bool((out != 0).logical_and(fill).any()) for out in found), bool(drawn))


def _found(fitted: Fitted) -> dict[str, tuple[str, Places]]:
    return {mine: (name, _places(axes)) for mine, (name, axes) in fitted.tensors.items()}


def _places(axes: Axes) -> Places:
    """Return what picks the places of a part out of a tensor of the whole."""
    if all(along.is_first for along in axes):
        return tuple(slice(len(along.at)) for along in axes)
    last = len(axes) - 1
    return tuple(
        torch.tensor(along.at).view(-1, *(1 for _ in range(last - at)))
        for at, along in enumerate(axes)
    )


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
        refuse("what a node is")
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
