"""Key: which trials may train as one program; equal keys differ in dials only."""

from __future__ import annotations

from danlu.compile.module import op_of
from danlu.network.expand import expand
from danlu.network.graph import Network, digest
from danlu.params import role_of


def dials_of(network: Network) -> dict[str, float]:
    """Return every dial of the network by "<node>.<field>", with the value written in it.

    >>> drop = {"op": "dropout", "params": {"p": 0.3}}
    >>> dials_of(Network.model_validate({"inputs": {}, "outputs": {}, "nodes": {"d": drop}}))
    {'d.p': 0.3}
    """
    found: dict[str, float] = {}
    for name, node in expand(network).nodes.items():
        op = op_of(name, node)
        for field in type(op).model_fields:
            if role_of(type(op), field) == "dial":
                found[f"{name}.{field}"] = float(getattr(op, field))
    return found


def program_key(network: Network) -> str:
    """Return the hash of everything but dials and the network's name."""
    flat = expand(network)
    document = flat.document()
    del document["name"]
    for key in dials_of(flat):
        node, _, field = key.rpartition(".")
        document["nodes"][node].get("params", {}).pop(field, None)
    for node in document["nodes"].values():
        if not node.get("params", True):
            del node["params"]
    return digest(document)
