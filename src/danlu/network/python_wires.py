"""Python wires: what the calls of a network in Python make, until it is written as a document."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from danlu.errors import NetworkError
from danlu.network.expression import Literally, Minus, Pair, Sign, Tree, parse, write
from danlu.network.graph import Json

USES = ("name", "repeat", "shared", "enabled", "frozen", "tied")
"""Words that say how a step is used; every other word is a parameter of it."""
_clock = itertools.count()  # what is written earlier comes earlier


@dataclass(frozen=True)
class Var:
    """Arithmetic on the parameters of a block.

    >>> Var("channels") * 2 + 1
    Var(text='channels * 2 + 1')
    """

    text: str

    def __add__(self, other: Var | float) -> Var:
        return _pair("+", self, other)

    def __radd__(self, other: float) -> Var:
        return _pair("+", other, self)

    def __sub__(self, other: Var | float) -> Var:
        return _pair("-", self, other)

    def __rsub__(self, other: float) -> Var:
        return _pair("-", other, self)

    def __mul__(self, other: Var | float) -> Var:
        return _pair("*", self, other)

    def __rmul__(self, other: float) -> Var:
        return _pair("*", other, self)

    def __floordiv__(self, other: Var | float) -> Var:
        return _pair("//", self, other)

    def __rfloordiv__(self, other: float) -> Var:
        return _pair("//", other, self)

    def __neg__(self) -> Var:
        return Var(write(Minus(parse(self.text))))


def _pair(sign: Sign, left: Var | float, right: Var | float) -> Var:
    return Var(write(Pair(sign, _tree(left), _tree(right))))


def _tree(side: Var | float) -> Tree:
    if isinstance(side, Var):
        return parse(side.text)
    if isinstance(side, bool) or not isinstance(side, int | float):
        raise NetworkError(
            f"{side!r} cannot be counted with", code="expression_name",
            do="Use numbers and parameters of the block.",
        )  # fmt: skip
    return Minus(Literally(-side)) if side < 0 else Literally(side)


@dataclass(frozen=True, eq=False, init=False)
class Input:
    """What comes from the data: ``Input("table", kinds=["number"])``."""

    name: str
    selector: Json
    at: int

    def __init__(self, name: str, /, **selector: Any) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "selector", plain(selector))
        object.__setattr__(self, "at", next(_clock))


@dataclass(frozen=True, eq=False)
class Entry:
    """An input of a block, while the block is being written."""

    name: str
    at: int = field(default_factory=_clock.__next__)


@dataclass(frozen=True, eq=False)
class Made:
    """What a step gives once it reads something: a node."""

    step: Step
    reads: dict[str, Source]
    at: int = field(default_factory=_clock.__next__)


Wire = Input | Entry | Made
Source = Wire | str | Sequence[Wire | str]


@dataclass(frozen=True, eq=False)
class Step:
    """An op, a block or a choice with its parameters; call it with what it reads."""

    node: Json
    """The node as in a document, without its edges."""
    name: str | None = None
    tied: Wire | str | None = None
    blocks: tuple[Block, ...] = ()
    ports: tuple[str, ...] | None = None
    """Where sources without a word go; None = one to "x", several to "xs"."""

    def __call__(
        self, /, *sources: Source, ports: Mapping[str, Source] | None = None, **named: Source
    ) -> Made:
        """Read ``sources``; a port whose name is no Python word goes into ``ports``."""
        reads = [*self._placed(sources), *(ports or {}).items(), *named.items()]
        once(port for port, _ in reads)
        return Made(self, {port: source(given) for port, given in reads})

    def _placed(self, sources: tuple[Source, ...]) -> list[tuple[str, Source]]:
        if self.ports is None:
            several: list[tuple[str, Source]] = [("xs", list(sources))]  # type: ignore[arg-type]
            return several if len(sources) > 1 else [("x", s) for s in sources]
        if len(sources) > len(self.ports):
            raise NetworkError(
                f"the block has {len(self.ports)} inputs, and {len(sources)} are given",
                code="port_unknown", do=f"Its inputs: {', '.join(self.ports)}.",
            )  # fmt: skip
        return list(zip(self.ports, sources, strict=False))


@dataclass(frozen=True, eq=False)
class Block:
    """A reusable sub-network; ``Block("residual")`` names one that is written elsewhere."""

    name: str
    body: Json | None = None
    blocks: tuple[Block, ...] = ()
    """The blocks it uses itself."""
    at: int = field(default_factory=_clock.__next__)

    def __call__(self, /, **given: Any) -> Step:
        """Use it with these values for its parameters."""
        ports = None if self.body is None else tuple(self.body["inputs"])
        return step({"block": self.name}, (self,), ports, **given)


class Scope:
    """The nodes that some ends lead to, in the order they were written, each with a name."""

    def __init__(self, ends: Iterable[Source | Block]) -> None:
        found: dict[int, Wire] = {}
        blocks: dict[int, Block] = {}
        waiting = list(_flat(ends))
        while waiting:
            one = waiting.pop()
            if isinstance(one, Block):
                blocks[id(one)] = one
            elif id(one) not in found:
                found[id(one)] = one
                waiting += _behind(one)
        self.wires = sorted(found.values(), key=lambda w: w.at)
        self.blocks = tuple(sorted(blocks.values(), key=lambda b: b.at))
        self.names = _names([w for w in self.wires if isinstance(w, Made)])

    def name(self, source: Wire | str) -> str:
        """Return what a document calls ``source``."""
        if isinstance(source, str):
            return source
        return self.names[id(source)] if isinstance(source, Made) else source.name

    def nodes(self) -> Json:
        """Write the nodes."""
        return {self.name(w): self._node(w) for w in self.wires if isinstance(w, Made)}

    def _node(self, made: Made) -> Json:
        node = dict(made.step.node)
        if made.step.tied is not None:
            node["tied"] = self.name(made.step.tied)
        if made.reads:
            node["in"] = {port: self._edges(given) for port, given in made.reads.items()}
        return node

    def _edges(self, given: Source) -> str | list[str]:
        if isinstance(given, Wire | str):
            return self.name(given)
        return [self.name(one) for one in given]


def _behind(wire: Wire) -> list[Wire | Block]:
    if not isinstance(wire, Made):
        return []
    tied = () if wire.step.tied is None else (wire.step.tied,)
    return list(_flat([*wire.reads.values(), *tied, *wire.step.blocks]))


def _flat(given: Iterable[Source | Block]) -> Iterator[Wire | Block]:
    for one in given:
        if isinstance(one, Wire | Block):
            yield one
        elif not isinstance(one, str):
            yield from (w for w in one if not isinstance(w, str))


def _names(made: Sequence[Made]) -> dict[int, str]:
    """Name the nodes; one without a name is called like its op, and counted if need be."""
    taken = once(w.step.name for w in made if w.step.name is not None)
    found: dict[int, str] = {}
    free: dict[str, Iterator[str]] = {}
    for wire in made:
        node = wire.step.node
        stem = str(node.get("op") or node.get("block") or "choice")
        numbers = free.setdefault(stem, itertools.chain([stem], _numbered(stem)))
        own = wire.step.name
        found[id(wire)] = own if own is not None else next(n for n in numbers if n not in taken)
    return found


def _numbered(stem: str) -> Iterator[str]:
    return (f"{stem}_{number}" for number in itertools.count(1))


def every(blocks: Iterable[Block]) -> list[Block]:
    """List the written blocks among these and inside them, each once."""
    found: dict[int, Block] = {}
    waiting = list(blocks)
    while waiting:
        one = waiting.pop()
        if id(one) not in found:
            found[id(one)] = one
            waiting += one.blocks
    written = sorted((b for b in found.values() if b.body is not None), key=lambda b: b.at)
    once(b.name for b in written)
    return written


def once(names: Iterable[str]) -> set[str]:
    """Return the names, each of which may be there once."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise NetworkError(
                f"'{name}' is there twice", code="name_taken", do="Give one another name.",
                name=name,
            )  # fmt: skip
        seen.add(name)
    return seen


def step(
    what: Json, blocks: tuple[Block, ...], ports: tuple[str, ...] | None, /, **given: Any
) -> Step:
    """Make a step of words and values as they stand in a call."""
    uses = {word: given.pop(word) for word in USES if word in given}
    extra = given.pop("params", {})
    once([*given, *extra])
    name, tied = uses.pop("name", None), uses.pop("tied", None)
    if not isinstance(tied, Wire | str | None):
        _refuse(tied)
    params = {"params": plain({**given, **extra})} if given or extra else {}
    return Step({**what, **params, **plain(uses)}, name, tied, blocks, ports)


def source(given: Any) -> Any:
    """Return what was given to read, or say what it should have been."""
    wires = list(given) if isinstance(given, list | tuple) else [given]
    odd = next((w for w in wires if not isinstance(w, Wire | str)), None)
    if odd is not None:
        _refuse(odd)
    return wires if isinstance(given, list | tuple) else given


def single(given: Any) -> Any:
    """Return what is read, which must be one thing."""
    if not isinstance(given, Wire | str):
        _refuse(given)
    return given


def _refuse(odd: object) -> NoReturn:
    kind = type(odd).__name__
    do = "Call it first, with what it reads: ops.Dense(units=64)(x)."
    raise NetworkError(
        f"a {kind.lower()} gives nothing to read", code="source_unknown",
        do=do if isinstance(odd, Step | Block) else "Use an input or the result of a step.",
    )  # fmt: skip


def plain(value: Any) -> Any:
    """Write expressions as a document does, also inside lists and objects."""
    if isinstance(value, Var):
        return {"var": value.text}
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value
