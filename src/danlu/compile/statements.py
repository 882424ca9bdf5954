"""Statements: what the nodes of one scope (the network, one use of a block) are in PyTorch."""

from __future__ import annotations

from collections.abc import Mapping

from danlu.compile.applied import BlockLines, OpLines
from danlu.compile.body import Body, Facts, Given, Place, Sheet, Step, Use
from danlu.network.expand import repeats
from danlu.network.graph import Node, sort


def write(place: Place, facts: Facts, uses: Mapping[str, Use]) -> Body:
    """Return the body of the class that a scope becomes."""
    sheet = Sheet(place, facts, uses)
    arrived: dict[str, str] = {}
    for name in place.inputs:
        if not facts.has(place.prefix + name):
            continue  # nothing in here reads it
        sheet.values[name] = sheet.variable(name)
        if facts.type(place.prefix + name).masked:
            sheet.masks[name] = sheet.variable(f"{name}_mask")
            arrived[sheet.masks[name]] = name
    for name in _order(place, facts):
        _node(sheet, name, place.nodes[name].chosen())
    body, read = _finished(sheet, arrived)
    body.first = next(iter(place.inputs), "")
    asked = place.inputs if place.block is None else _read(place, sheet, read)
    body.inputs = [Given(sheet.values[n], n) for n in asked]
    body.inputs += [Given(m, n, is_mask=True) for m, n in arrived.items() if m in read]
    return body


def _read(place: Place, sheet: Sheet, read: set[str]) -> list[str]:
    """Return the inputs of a block that something in it reads."""
    return [n for n in place.inputs if sheet.values.get(n) in read]


def _order(place: Place, facts: Facts) -> list[str]:
    """Return the nodes as written where that is an order of reading, else sorted."""
    nodes = {n: k for n, k in place.nodes.items() if _is_used(n, place, facts)}
    at = {name: i for i, name in enumerate(nodes)}
    fits = all(
        at.get(source, -1) < at[name]
        for name, node in nodes.items()
        for source in (*node.sources(), node.tied or "")
    )
    return list(nodes) if fits else list(sort(nodes)[0])


def _is_used(name: str, place: Place, facts: Facts) -> bool:
    path = place.prefix + name
    return facts.is_used(path) or (place.nodes[name].block is not None and facts.has(path))


def _node(sheet: Sheet, name: str, node: Node) -> None:
    path, facts = sheet.place.prefix + name, sheet.facts
    if node.enabled and facts.is_used(path):
        times = repeats(node, sheet.place.params, path)
        lines = OpLines if node.block is None else BlockLines
        lines(sheet, name, node, times).write()
        return
    passing = (s for s in node.sources() if s in sheet.values)
    for source in passing:  # it is off, or all in it is
        if facts.value(sheet.place.prefix + source) == facts.value(path) or not node.enabled:
            sheet.values[name] = sheet.values[source]
            if source in sheet.masks:
                sheet.masks[name] = sheet.masks[source]
            return


def _finished(sheet: Sheet, arrived: Mapping[str, str]) -> tuple[Body, set[str]]:
    """Set the result, leave out what nobody reads, and tell what is read."""
    place = sheet.place
    shown = {name: sheet.values[source] for name, source in place.outputs.items()}
    body = Body(makes=sheet.makes, result=next(iter(shown.values())))
    read = set(shown.values())
    if len(shown) > 1:
        body.result = "{" + ", ".join(f'"{n}": {v}' for n, v in shown.items()) + "}"
    elif mask := sheet.masks.get(next(iter(place.outputs.values())), "") if place.block else "":
        body.mask = arrived.get(mask, "=")
        if body.mask == "=":
            body.result += f", {mask}"
            read.add(mask)
    kept: list[Step] = []
    for step in reversed(sheet.steps):
        if read.intersection(step.sets):
            read |= step.reads
            kept.append(step)
    body.said = [line for step in reversed(kept) for line in step.said]
    return body, read
