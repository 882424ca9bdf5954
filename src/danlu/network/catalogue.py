"""Catalogue: what the page, the docs and a space must know of every op, as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import JsonValue

from danlu.network.blocks.base import LibraryBlock, blocks, library
from danlu.network.expression import names
from danlu.network.graph import Block, Network, Node, Var
from danlu.network.ops.base import Op, ops
from danlu.network.ports import AXES

Json = dict[str, Any]
SWITCH: Json = {"type": "boolean", "default": True, "role": "size"}
REPEAT: Json = {"type": "integer", "default": 1, "minimum": 1, "role": "size"}


def catalogue() -> list[Json]:
    """List every op: its title, search words, ports, and the schema of its parameters.

    >>> [op["kind"] for op in catalogue()][:2]
    ['activation', 'adaptive_pool']
    """
    return [_entry(name, op) for name, op in ops().all().items()]


def block_catalogue() -> list[Json]:
    """List every ready-made block: its words, its fields, and what a document takes over of it.

    >>> [block["kind"] for block in block_catalogue()][:2]
    ['conv_norm', 'convnext']
    """
    return [_block_entry(name, kind) for name, kind in blocks().all().items()]


def fields(network: Network) -> dict[str, Json]:
    """Return the JSON schema of every field of a network that may be searched.

    Keys are those of a space: "<node>.<param>" with its role, "<node>.<choice>.<param>", and
    ``enabled``, ``repeat`` and ``choose`` where a node has them.
    """
    found: dict[str, Json] = {}
    for name, node in network.nodes.items():
        found |= {f"{name}.{field}": schema for field, schema in _params(network, node)}
        if not isinstance(node.repeat, Var) and (node.block is not None or node.repeat != 1):
            found[f"{name}.repeat"] = {**REPEAT, "default": node.repeat}
        found[f"{name}.enabled"] = SWITCH
        if node.choices:
            found[f"{name}.choose"] = {
                "type": "string", "enum": list(node.choices), "default": node.choose, "role": "size"
            }  # fmt: skip
        for choice, option in node.choices.items():
            inner = Node(op=option.op, block=option.block, params=option.params)
            for field, schema in _params(network, inner):
                found[f"{name}.{choice}.{field}"] = schema
    return found


def _params(network: Network, node: Node) -> Iterator[tuple[str, Json]]:
    if node.block in network.blocks:
        yield from _of_block(network, network.blocks[str(node.block)]).items()
    elif node.op in ops().names():
        yield from ops().get(str(node.op)).model_json_schema().get("properties", {}).items()


def _of_block(network: Network, block: Block, depth: int = 0) -> dict[str, Json]:
    """Return a schema for every parameter of a block, from the fields that it decides.

    A parameter that only ever stands alone for one kind of field has that field's bounds; one in
    arithmetic is a number. It is a dial only if all it decides are dials.
    """
    found = {name: _plain(value) for name, value in block.params.items()}
    uses: dict[str, list[Json]] = {name: [] for name in block.params}
    for node in block.nodes.values():
        known = dict(_uses_of(network, node.chosen(), depth))
        for field, text in _texts(node):
            for name in names(text) & uses.keys():
                alone = text.strip() == name and field in known
                uses[name].append(known[field] if alone else {"role": "size"})
    for name, schemas in uses.items():
        alone = len(schemas) > 0 and all(s == schemas[0] and "type" in s for s in schemas)
        if alone:
            found[name] = {**schemas[0], "default": block.params[name]}
        elif schemas:
            dials = all(s.get("role") == "dial" for s in schemas)
            found[name]["role"] = "dial" if dials else "size"
    return found


def _uses_of(network: Network, node: Node, depth: int) -> Iterator[tuple[str, Json]]:
    if node.block in network.blocks and depth < 16:
        inner = network.blocks[str(node.block)]
        yield from _of_block(network, inner, depth + 1).items()
    elif node.op in ops().names():
        yield from ops().get(str(node.op)).model_json_schema().get("properties", {}).items()


def _texts(node: Node) -> Iterator[tuple[str, str]]:
    """Yield the fields of a node that an expression decides."""
    given: Mapping[str, JsonValue] = node.chosen().params
    for field, value in given.items():
        if isinstance(value, dict) and isinstance(value.get("var"), str):
            yield field, str(value["var"])
    if isinstance(node.repeat, Var):
        yield "repeat", node.repeat.var


def _plain(value: JsonValue) -> Json:
    """Return the schema of a value that nothing more is known of."""
    words = {bool: "boolean", int: "integer", float: "number", str: "string"}
    word = words.get(type(value))
    return {"default": value, "role": "size", **({"type": word} if word else {})}


def _entry(name: str, op: type[Op]) -> Json:
    ports = [
        {**port.model_dump(mode="json"), "axes": list(AXES.get(port.wants, ()))}
        for port in op.ports
    ]
    return {
        "kind": name,
        "title": op.title,
        "words": {language: list(words) for language, words in op.words.items()},
        "doc": (op.__doc__ or "").strip().split("\n", 1)[0],
        "formula": op.formula,
        "paper": op.paper,
        "group": op.group,
        "ports": ports,
        "fusible": op.fusible,
        "schema": op.model_json_schema(),
    }


def _block_entry(name: str, kind: type[LibraryBlock]) -> Json:
    known = library(name)
    used = Node(block=name)
    network = Network(inputs={}, nodes={"used": used}, outputs={"out": "used"}, blocks=known)
    return {
        "kind": name,
        "title": kind.title,
        "words": {language: list(words) for language, words in kind.words.items()},
        "doc": (kind.__doc__ or "").strip().split("\n", 1)[0],
        "paper": kind.paper,
        "ports": [{"name": port, "wants": "any"} for port in kind.block.inputs],
        "blocks": {
            one: {
                "inputs": list(block.inputs),
                **block.model_dump(mode="json", by_alias=True, exclude_defaults=True),
            }
            for one, block in known.items()
        },
        "schema": {"type": "object", "properties": _of_block(network, kind.block)},
    }
