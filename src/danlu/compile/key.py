"""Key: which trials may train as one program; equal keys differ in dials only."""

from __future__ import annotations

import re
from typing import Any

from danlu.compile.module import op_of
from danlu.network.expand import expand
from danlu.network.graph import Network, digest
from danlu.network.ops.base import Op
from danlu.params import role_of

FIRST = re.compile(r"\.0(?=\.|$)")


def dials_of(network: Network) -> dict[str, float]:
    """Return every dial of the network by "<node>.<field>", with the value written in it.

    >>> drop = {"op": "dropout", "params": {"p": 0.3}}
    >>> dials_of(Network.model_validate({"inputs": {}, "outputs": {}, "nodes": {"d": drop}}))
    {'d.p': 0.3}
    """
    found: dict[str, float] = {}
    for name, node in expand(network).nodes.items():
        op = op_of(name, node)
        for field in dials(op):
            found[f"{name}.{field}"] = float(getattr(op, field))
    return found


def program_key(network: Network) -> str:
    """Return the hash of everything but dials and the network's name."""
    return _digest(expand(network), sizes=True)


def family_key(network: Network) -> str:
    """Return the hash of everything that trials of one cohort cannot differ in.

    Beside dials these are the sizes that an op can mask, how often a node is repeated, and
    whether it is on. Equal keys are necessary, not sufficient: `compile/union.py` decides.
    """
    once: dict[str, Any] = {"repeat": 1, "enabled": True}
    nodes = {n: node.model_copy(update=once) for n, node in network.nodes.items()}
    blocks = {
        name: block.model_copy(
            update={"nodes": {n: node.model_copy(update=once) for n, node in block.nodes.items()}}
        )
        for name, block in network.blocks.items()
    }
    loose = network.model_copy(update={"nodes": nodes, "blocks": blocks})
    return _digest(expand(loose), sizes=False)


def fixed(op: Op) -> dict[str, Any]:
    """Return the parameters that trials of one cohort cannot differ in."""
    free = {*dials(op), *op.maskable}
    return {name: value for name, value in op.model_dump().items() if name not in free}


def dials(op: Op) -> list[str]:
    """List the fields that are dials."""
    return [f for f in type(op).model_fields if role_of(type(op), f) == "dial"]


def plain(path: str) -> str:
    """Return the name that a flat node has whether or not something around it repeats.

    >>> plain("res.0.conv"), plain("res.2.conv"), plain("res.conv")
    ('res.conv', 'res.2.conv', 'res.conv')
    """
    return FIRST.sub("", path)


def _digest(flat: Network, *, sizes: bool) -> str:
    document = flat.document()
    del document["name"]
    for name, node in flat.nodes.items():
        op = op_of(name, node)
        written = document["nodes"][name].get("params", {})
        for field in (*dials(op), *(() if sizes else op.maskable)):
            if written.get(field) != "target":
                written.pop(field, None)
        if not written:
            document["nodes"][name].pop("params", None)
    return digest(document)
