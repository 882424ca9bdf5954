"""Applied: the lines that one node becomes, applied once, or in a loop over its repeats."""

from __future__ import annotations

from danlu.compile.body import Said, Sheet
from danlu.network.graph import Node
from danlu.network.ops.base import Source, ops
from danlu.tensor import TensorType


class OpLines:
    """One node with an op, applied once or more often."""

    def __init__(self, sheet: Sheet, name: str, node: Node, times: int) -> None:
        self.sheet, self.name, self.node, self.times = sheet, name, node, times
        self.path = sheet.place.prefix + name
        ports = ops().get(node.op or "").ports
        edges = list(node.edges())
        self.edges = [(at, s) for port in ports for at, _, s in edges if at == port.name]
        self.first = next(iter(node.in_), "x")

    def write(self) -> None:
        """Make its modules, and call them."""
        if self.times == 1:
            source = self.sheet.facts.sources[self.path]
            self._make(_made(source))
            self._once(source)
            return
        found = [self.sheet.facts.sources[f"{self.path}.{i}"] for i in range(self.times)]
        if all(s == found[0] for s in found) and self._leads():
            self._make(_many(_made(found[0]), 1 if self.node.shared else self.times))
            self._loop(found[0])
            return
        makes = [_made(s) for s in found[: 1 if self.node.shared else None]]
        self._make(f"nn.ModuleList([{', '.join(makes)}])" if makes[0] else "")
        self._unrolled(found)

    def _leads(self) -> bool:
        return sum(port == self.first for port, _ in self.edges) == 1

    def _make(self, text: str) -> None:
        if text and not self._is_lent:
            self.sheet.make(self.name, text, frozen=self.node.frozen)

    @property
    def _is_lent(self) -> bool:
        return self.node.tied is not None and not ops().get(self.node.op or "").borrows

    def _home(self, at: str = "") -> str:
        owner = str(self.node.tied) if self._is_lent else self.name
        return self.sheet.homes.get(owner, "") + ("" if self._is_lent else at)

    def _call(self, text: str, home: str, tensors: list[str], masks: list[str]) -> str:
        said = {f"m{i}": mask or "None" for i, mask in enumerate(masks)}
        lender = self.sheet.homes.get(self.node.tied or "", "")
        return text.format(*tensors, self=home, of=lender, **said)

    def _given(self) -> tuple[list[str], list[str]]:
        sheet = self.sheet
        tensors = [sheet.values[s] for _, s in self.edges]
        return tensors, [sheet.masks.get(s, "") for _, s in self.edges]

    def _once(self, source: Source) -> None:
        sheet, (tensors, masks) = self.sheet, self._given()
        kind = sheet.facts.type(self.path)
        if source.call == "{0}":
            sheet.values[self.name] = tensors[0]
        else:
            call = self._call(source.call, self._home(), tensors, masks)
            target = sheet.variable(self.name)
            sheet.values[self.name] = target
            sheet.step([target], [*tensors, *masks], Said(f"{target} = {call}", _axes(kind)))
        if kind.masked and source.mask:
            target = sheet.variable(f"{self.name}_mask")
            call = self._call(source.mask, self._home(), tensors, masks)
            sheet.step([target], [*tensors, *masks], Said(f"{target} = {call}"))
            sheet.masks[self.name] = target
        elif kind.masked:
            sheet.masks[self.name] = next(m for m in masks if m)

    def _loop(self, source: Source) -> None:
        sheet, (tensors, masks) = self.sheet, self._given()
        kind, target = sheet.facts.type(self.path), sheet.variable(self.name)
        at = next(i for i, (port, _) in enumerate(self.edges) if port == self.first)
        said = [Said(f"{target} = {tensors[at]}")]
        home = self._home()
        own = bool(home) and not self._is_lent and not self.node.shared
        said.append(Said(f"for layer in {home}:" if own else f"for _ in range({self.times}):"))
        inner = [target if i == at else t for i, t in enumerate(tensors)]
        seen, masked = list(masks), bool(kind.masked and source.mask)
        sets = [target]
        if masked:
            sets.append(sheet.variable(f"{self.name}_mask"))
            said.insert(1, Said(f"{sets[1]} = {masks[at] or 'None'}"))
            seen[at] = sets[1]
        home = "layer" if own else self._home("[0]")
        call = self._call(source.call, home, inner, seen)
        if masked:
            mask = self._call(source.mask, home, inner, seen)
            said.append(Said(f"{target}, {sets[1]} = {call}, {mask}", _axes(kind), 1))
        else:
            said.append(Said(f"{target} = {call}", _axes(kind), 1))
        sheet.step(sets, [*tensors, *masks], *said)
        sheet.values[self.name] = target
        if kind.masked:
            sheet.masks[self.name] = sets[1] if masked else next(m for m in masks if m)

    def _unrolled(self, found: list[Source]) -> None:
        sheet, (tensors, masks) = self.sheet, self._given()
        kind, target = sheet.facts.type(self.path), sheet.variable(self.name)
        said: list[Said] = []
        for i, source in enumerate(found):
            home = self._home(f"[{0 if self.node.shared else i}]")
            given, seen = (tensors, masks) if not i else self._next(target, tensors, masks)
            call = self._call(source.call, home, given, seen)
            if call != target:
                said.append(Said(f"{target} = {call}", _axes(kind)))
        sheet.step([target], [*tensors, *masks], *said)
        sheet.values[self.name] = target
        if kind.masked:
            sheet.masks[self.name] = next(m for m in masks if m)

    def _next(
        self, target: str, tensors: list[str], masks: list[str]
    ) -> tuple[list[str], list[str]]:
        """Return what a later application is given: the last output in place of the first port."""
        others = [i for i, (port, _) in enumerate(self.edges) if port != self.first]
        at = next(i for i, (port, _) in enumerate(self.edges) if port == self.first)
        mask = next((m for m in masks if m), "")
        kept = sorted([at, *others])
        return (
            [target if i == at else tensors[i] for i in kept],
            [mask if i == at else masks[i] for i in kept],
        )


class BlockLines:
    """One node with a block, applied once or more often."""

    def __init__(self, sheet: Sheet, name: str, node: Node, times: int) -> None:
        self.sheet, self.name, self.node, self.times = sheet, name, node, times
        place = sheet.place
        self.path = place.prefix + name
        self.use = sheet.uses[f"{self.path}.0." if times > 1 else f"{self.path}."]

    def write(self) -> None:
        """Make its modules, and call them."""
        sheet, use = self.sheet, self.use
        make = (
            use.make if self.times == 1 else _many(use.make, 1 if self.node.shared else self.times)
        )
        sheet.make(self.name, make, frozen=self.node.frozen)
        ports = {port: s for port, given in self.node.in_.items() for s in _listed(given)}
        target, kind = sheet.variable(self.name), sheet.facts.type(self.path)
        given = [
            (sheet.masks if g.is_mask else sheet.values)[ports[g.port]] for g in use.body.inputs
        ]
        gives_mask = use.body.mask == "="
        sets = [target, *([sheet.variable(f"{self.name}_mask")] if gives_mask else [])]
        said = self._said(sets, given, _axes(kind))
        sheet.step(sets, given, *said)
        sheet.values[self.name] = target
        if gives_mask:
            sheet.masks[self.name] = sets[1]
        elif use.body.mask:
            sheet.masks[self.name] = sheet.masks[ports[use.body.mask]]

    def _said(
        self, sets: list[str], given: list[str], axes: tuple[tuple[str, int], ...]
    ) -> list[Said]:
        home, left = self.sheet.homes[self.name], ", ".join(sets)
        if self.times == 1:
            return [Said(f"{left} = {home}({', '.join(given)})", axes)]
        inner, said = list(given), []
        for i, wanted in enumerate(self.use.body.inputs):
            carried = sets[wanted.is_mask :][:1] if wanted.port == self.use.body.first else []
            for name in carried:
                said.append(Said(f"{name} = {given[i]}"))
                inner[i] = name
        if self.node.shared:
            said.append(Said(f"for _ in range({self.times}):"))
            said.append(Said(f"{left} = {home}[0]({', '.join(inner)})", axes, 1))
        else:
            said.append(Said(f"for layer in {home}:"))
            said.append(Said(f"{left} = layer({', '.join(inner)})", axes, 1))
        return said


def _listed(given: str | tuple[str, ...]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else given


def _made(source: Source) -> str:
    if source.make or not source.weights:
        return source.make
    shapes = (f"{name}={shape}" for name, shape in source.weights.items())
    return f"weights({', '.join(shapes)})"


def _many(make: str, times: int) -> str:
    if not make:
        return ""
    return (
        f"nn.ModuleList([{make}])"
        if times == 1
        else (f"nn.ModuleList({make} for _ in range({times}))")
    )


def _axes(kind: TensorType) -> tuple[tuple[str, int], ...]:
    return tuple((a.name, a.size or 0) for a in kind.axes)
