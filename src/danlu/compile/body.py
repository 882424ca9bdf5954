"""Body: what a class of the written file holds and does, while it comes about."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from danlu.compile.module import TAKEN
from danlu.network.expand import Values
from danlu.network.graph import Node
from danlu.network.ops.base import Source
from danlu.tensor import TensorType

RESERVED = frozenset({
    *keyword.kwlist, *dir(builtins), "Tensor", "functional", "layer", "nn", "self", "torch",
    "weights",
})  # fmt: skip


class Place(NamedTuple):
    """One scope: its nodes, what they may read, and where its flat nodes are."""

    block: str | None
    prefix: str
    params: Values
    nodes: Mapping[str, Node]
    inputs: tuple[str, ...]
    outputs: Mapping[str, str]


class Facts(NamedTuple):
    """What is known of every flat node, by its path."""

    sources: Mapping[str, Source]
    types: Mapping[str, TensorType]
    alias: Mapping[str, str]
    """A name that stands for another value, as in `danlu.network.expand.Expansion`."""
    names: frozenset[str]
    """Of functions that the file has."""

    def type(self, path: str) -> TensorType:
        """Return the type of a value, be it of a node, of a block or of an input."""
        return self.types[self.value(path)]

    def has(self, path: str) -> bool:
        """Whether a value is ever computed."""
        return self.value(path) in self.types

    def value(self, path: str) -> str:
        """Return the flat node or input that a name stands for."""
        seen: set[str] = set()
        while path in self.alias and path not in seen:
            seen.add(path)
            path = self.alias[path]
        return path

    def is_used(self, path: str) -> bool:
        """Whether a node, or anything in it, leads to an output."""
        return path in self.sources or any(p.startswith(f"{path}.") for p in self.sources)


class Said(NamedTuple):
    """One line of ``forward``, and the axes of what it gives."""

    text: str
    axes: tuple[tuple[str, int], ...] = ()
    depth: int = 0


class Given(NamedTuple):
    """A parameter of ``forward``: the tensor of a port, or its mask."""

    name: str
    port: str
    is_mask: bool = False


class Use(NamedTuple):
    """A block where it is used: how it is made, and what its ``forward`` takes and gives."""

    make: str
    body: Body


@dataclass
class Body:
    """The two halves of a class: what it holds, and what it does."""

    inputs: list[Given] = field(default_factory=list)
    """Parameters of ``forward``; masks only where they are read."""
    makes: list[str] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    result: str = ""
    mask: str = ""
    """The input whose mask is that of the result, "=" if it is returned too; else empty."""
    first: str = ""
    """The input that an output becomes where the block is repeated."""


@dataclass
class Step:
    """Lines that set variables, kept if somebody reads one of those."""

    sets: tuple[str, ...]
    reads: set[str]
    said: list[Said]


class Sheet:
    """The class in the making: its variables, modules and lines."""

    def __init__(self, place: Place, facts: Facts, uses: Mapping[str, Use]) -> None:
        self.place, self.facts, self.uses = place, facts, uses
        self.taken = set(RESERVED | facts.names)
        self.makes: list[str] = []
        self.steps: list[Step] = []
        self.values: dict[str, str] = {}
        """The variable of every value."""
        self.masks: dict[str, str] = {}
        self.homes: dict[str, str] = {}
        """How the module of a node is reached."""

    def variable(self, name: str) -> str:
        """Return a name of a variable that nothing else has."""
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name

    def make(self, name: str, text: str, *, frozen: bool) -> None:
        """Hold a module under a name, and note how it is reached."""
        still = ".requires_grad_(False)" if frozen else ""
        if name in TAKEN or keyword.iskeyword(name):
            file = f"{name}~" if name in TAKEN else name
            self.homes[name] = f'self.get_submodule("{file}")'
            self.makes.append(f'self.add_module("{file}", {text}{still})')
            return
        self.homes[name] = f"self.{name}"
        self.makes.append(f"self.{name} = {text}{still}")

    def step(self, sets: Iterable[str], reads: Iterable[str], *said: Said) -> None:
        """Add lines that set variables; of ``reads`` only what stands in the lines is read."""
        words = {w for line in said for w in re.findall(r"(?<![\w.])[a-z_]\w*", line.text)}
        self.steps.append(Step(tuple(sets), words & set(reads), list(said)))
