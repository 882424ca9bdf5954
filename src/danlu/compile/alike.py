"""Alike: uses of a block that differ in numbers only become one class with parameters.

A number that is everywhere the same stays as it is. One that differs is called by the block's own
parameter or expression of that value, else by the axis it is the size of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from danlu.compile.body import Body, Facts, Place
from danlu.compile.wrapped import wrapped
from danlu.errors import NetworkError
from danlu.network.expression import evaluate, names

NUMBER = re.compile(r"(?<![\w.\"'])(\d+(?:\.\d+)?(?:e[-+]?\d+)?)(?![\w.\"'])")
Values = tuple[str, ...]
"""What stands in one place, in one use after the other."""


class Instance(NamedTuple):
    """One use of a block, written out."""

    place: Place
    body: Body


class Class(NamedTuple):
    """A class of the file, and how each use of it is made, by the prefix of the use."""

    lines: list[str]
    makes: dict[str, str]


def classes(name: str, about: str, instances: list[Instance], facts: Facts) -> Iterator[Class]:
    """Yield as few classes as the uses of one block need."""
    groups: dict[object, list[Instance]] = {}
    for instance in instances:
        groups.setdefault(_skeleton(instance.body), []).append(instance)
    for number, group in enumerate(groups.values(), start=1):
        yield _Writing(name if number == 1 else f"{name}{number}", group, facts).write(about)


def _skeleton(body: Body) -> object:
    """Return what must be the same in uses of one class."""
    texts = [*body.makes, *(f"{s.depth}{s.text}" for s in body.said), body.result]
    axes = tuple(tuple(n for n, _ in s.axes) for s in body.said)
    return tuple(NUMBER.sub("0", t) for t in texts), axes, tuple(body.inputs), body.mask


@dataclass
class _Writing:
    """Writes one class for uses that differ in numbers."""

    name: str
    group: list[Instance]
    facts: Facts
    wanted: dict[str, Values] = field(default_factory=dict)
    """Parameters of the class, with their value in every use."""
    kept: dict[str, None] = field(default_factory=dict)
    """Parameters that ``forward`` needs."""

    def write(self, about: str) -> Class:
        """Return the class."""
        bodies = [i.body for i in self.group]
        first = bodies[0]
        self.known = {
            said: values
            for said, values in _candidates(self.group, self.facts)
            if len(set(values)) > 1
        }
        makes = [self._merge(texts, "") for texts in zip(*(b.makes for b in bodies), strict=True)]
        said = list(self._forward(bodies))
        result = self._merge([b.result for b in bodies], "self.")
        lines = [f"class {self.name}(nn.Module):", f'    """{about}"""', ""]
        lines += self._init(makes)
        lines += header([g.name for g in first.inputs], _returned(first))
        lines += _body(said, result)
        return Class(lines, {i.place.prefix: self._make(at) for at, i in enumerate(self.group)})

    def _make(self, at: int) -> str:
        given = [(name, values[at]) for name, values in self.wanted.items()]
        if len(given) == 1:
            return f"{self.name}({given[0][1]})"
        return f"{self.name}({', '.join(f'{n}={v}' for n, v in given)})"

    def _init(self, makes: list[str]) -> Iterator[str]:
        if not makes and not self.wanted:
            return
        given = "".join(f", {name}: {_kind(values)}" for name, values in self.wanted.items())
        yield from wrapped(f"def __init__(self{given}) -> None:", 1)
        yield "        super().__init__()"
        for name in self.kept:
            yield f"        self.{name} = {name}"
        for make in makes:
            yield from wrapped(make, 2)
        yield ""

    def _forward(self, bodies: list[Body]) -> Iterator[tuple[str, int, str]]:
        for lines in zip(*(b.said for b in bodies), strict=True):
            sizes = []
            for axes in zip(*(line.axes for line in lines), strict=True):
                values = tuple(str(size) for _, size in axes)
                same = len(set(values)) == 1
                sizes.append(values[0] if same else self._meant(values) or axes[0][0])
            comment = f"(rows, {', '.join(sizes)})" if sizes else ""
            text = self._merge([line.text for line in lines], "self.")
            yield text, lines[0].depth, comment if lines[0].axes else ""

    def _merge(self, texts: Iterable[str], owner: str) -> str:
        """Return one text for all uses, with names where numbers differ."""
        pieces = [NUMBER.split(text) for text in texts]
        merged = []
        for at, together in enumerate(zip(*pieces, strict=True)):
            if at % 2 == 0 or len(set(together)) == 1:
                merged.append(together[0])
                continue
            before, after = pieces[0][at - 1][-1:], pieces[0][at + 1][:1]
            merged.append(self._named(tuple(together), owner, f"{before}{after}"))
        return "".join(merged)

    def _meant(self, values: Values) -> str | None:
        """Return the block's own word for these values: a parameter or an expression."""
        params = self.group[0].place.params
        said = self._known(values)
        return said if said and set(names(said)) <= params.keys() else None

    def _known(self, values: Values) -> str | None:
        return next((said for said, found in self.known.items() if found == values), None)

    def _named(self, values: Values, owner: str, around: str) -> str:
        """Return an expression that has these values, and ask for the parameters it needs."""
        said = self._known(values)
        if said is None:
            said = f"size_{len(self.wanted) + 1}"
            self.known[said] = values
        for name in names(said):
            self.wanted[name] = self.known.get(name) or _values(self.group, name)
            if owner:
                self.kept[name] = None
        shown = re.sub(r"[a-z_]\w*", lambda m: f"{owner}{m[0]}", said) if owner else said
        alone = said.isidentifier() or (around[:1] in "([ ," and around[1:] in ",)]")
        return shown if alone else f"({shown})"


def _candidates(group: list[Instance], facts: Facts) -> Iterator[tuple[str, Values]]:
    """Yield what numbers may be called: parameters, written expressions, sizes of axes."""
    place = group[0].place
    taken = {*place.nodes, *place.params}
    for name in place.params:
        yield name, _values(group, name)
    for text in dict.fromkeys(_expressions(place)):
        try:
            yield text, tuple(str(evaluate(text, _scalars(i.place))) for i in group)
        except NetworkError:
            continue
    for name in (*place.inputs, *place.nodes):
        if not all(facts.has(i.place.prefix + name) for i in group):
            continue
        types = [facts.type(i.place.prefix + name) for i in group]
        for at, axis in enumerate(types[0].axes):
            said = (
                axis.name
                if name == place.inputs[0] and axis.name not in taken
                else (f"{name}_{axis.name}")
            )
            if said not in taken and all(len(t.axes) > at for t in types):
                yield said, tuple(str(t.axes[at].size) for t in types)


def _expressions(place: Place) -> Iterator[str]:
    for node in place.nodes.values():
        for value in node.params.values():
            if isinstance(value, dict) and "var" in value:
                yield str(value["var"])


def _scalars(place: Place) -> Mapping[str, bool | int | float | str]:
    return {n: v for n, v in place.params.items() if isinstance(v, bool | int | float | str)}


def _values(group: list[Instance], name: str) -> Values:
    return tuple(str(i.place.params.get(name)) for i in group)


def _kind(values: Values) -> str:
    return "int" if all(v.isdecimal() for v in values) else "float"


def _returned(body: Body) -> str:
    if body.result.startswith("{"):
        return "dict[str, Tensor]"
    return "tuple[Tensor, Tensor]" if body.mask == "=" else "Tensor"


def header(inputs: list[str], returned: str) -> Iterator[str]:
    """Yield the first line of ``forward``."""
    given = "".join(f", {name}: Tensor" for name in inputs)
    yield from wrapped(f"def forward(self{given}) -> {returned}:", 1)


def _body(said: list[tuple[str, int, str]], result: str) -> Iterator[str]:
    """Yield the lines of ``forward``; what is only returned gets no name."""
    last = said[-1] if said else None
    if last is not None and not last[1] and last[0].startswith(f"{result} = "):
        said = [*said[:-1], (f"return {last[0].removeprefix(f'{result} = ')}", 0, last[2])]
    else:
        said = [*said, (f"return {result}", 0, "")]
    for text, depth, comment in said:
        yield from wrapped(text, 2 + depth, comment)
