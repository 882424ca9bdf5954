"""NetModule: a network as one torch module, written for one trial with rows first.

It must run alone, under ``torch.func.vmap(grad(functional_call))`` with stacked weights and a
shared batch, on the meta device, and through ``torch.export``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from pydantic import ValidationError
from torch import Generator, Tensor, nn

from danlu.errors import NetworkError, nearest
from danlu.network.graph import Network, Node
from danlu.network.ops.base import Layer, Live, Op, ops, trace
from danlu.network.ports import Inputs, Refusal
from danlu.tensor import TensorType


class NetModule(nn.Module):
    """The nodes of a network that lead to an output, each a layer.

    Weights are named "<node>.<tensor>"; a node named like a method of ``nn.Module`` ("half",
    "type") files them under its name and a "~". They are zero until ``initial`` or a file fills
    them. ``types`` are those of the inputs, ``head`` is what "target" stands for.
    """

    def __init__(self, network: Network, types: Mapping[str, TensorType], head: int) -> None:
        super().__init__()
        self.outputs = dict(network.outputs)
        self.wires: list[tuple[str, Layer | None, tuple[str, ...]]] = []
        self._layers: list[tuple[str, str, Layer]] = []  # node, file, layer
        taken = frozenset(dir(self))
        known = dict(types)
        used = _used(network)
        for name in network.order():
            if name in used:
                file = f"{name}~" if name in taken else name
                known[name] = self._add(name, file, network.nodes[name], known, head)

    def _add(
        self, name: str, file: str, node: Node, known: Mapping[str, TensorType], head: int
    ) -> TensorType:
        op = op_of(name, node)
        inputs = _inputs(name, node, op, known)
        found = trace(op, inputs, head=head)
        if isinstance(found, Refusal):
            raise _misfit(name, node, found)
        layer: Layer | None = None
        if node.enabled:
            layer = op.build(inputs, head=head)
            self.add_module(file, layer)
            self._layers.append((name, file, layer))
        elif not found.passes:
            raise _misfit(name, node, Refusal(code="off_changes_type"))
        edges = list(node.edges())
        sources = tuple(s for port in op.ports for at, _, s in edges if at == port.name)
        self.wires.append((name, layer, sources))
        return found.type

    def forward(self, inputs: Mapping[str, Tensor], live: Live) -> dict[str, Tensor]:
        """Compute every output (rows, ...) from the tensors of the inputs (rows, features)."""
        values = dict(inputs)
        for node, layer, sources in self.wires:
            tensors = [values[s] for s in sources]
            values[node] = layer(*tensors, node=node, live=live) if layer else tensors[0]
        return {output: values[source] for output, source in self.outputs.items()}

    def initial(self, seed: int) -> dict[str, Tensor]:
        """Return first weights: a pure function of seed, node name and tensor name."""
        starts = [
            (node, file, layer, tensor)
            for node, file, layer in self._layers
            for tensor in layer.starts
        ]
        return {
            f"{file}.{tensor}": layer.starts[tensor](
                tuple(layer.get_parameter(tensor).shape), _generator(seed, node, tensor)
            )
            for node, file, layer, tensor in starts
        }


def op_of(name: str, node: Node) -> Op:
    """Return the op of a node, or raise why there is none."""
    where = f"node '{name}'"
    if node.block is not None or node.repeat != 1:
        raise NetworkError(
            "blocks and repeats cannot run yet", code="block_unsupported", where=where,
            do="Write the nodes out.",
        )  # fmt: skip
    kinds = ops()
    if node.op not in kinds.names():
        raise NetworkError(
            f"no op '{node.op}'", code="op_unknown", where=where,
            do=nearest(node.op or "", kinds.names()), op=node.op,
        )  # fmt: skip
    try:
        return kinds.get(node.op).model_validate(node.params)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(p) for p in first["loc"][:1])
        raise NetworkError(
            f"'{field}': {first['msg'].lower()}", code="param_invalid", where=where,
            do="Run `danlu network check` for a fix.", field=field,
        ) from error  # fmt: skip


def _used(network: Network) -> set[str]:
    """Return the nodes that lead to an output."""
    found: set[str] = set()
    waiting = list(network.outputs.values())
    while waiting:
        name = waiting.pop()
        if name in network.nodes and name not in found:
            found.add(name)
            waiting.extend(network.nodes[name].sources())
    return found


def _inputs(name: str, node: Node, op: Op, known: Mapping[str, TensorType]) -> Inputs:
    """Return the types at every port, or raise which one is open."""
    sources: dict[str, list[str]] = {port.name: [] for port in op.ports}
    for port, _, source in node.edges():
        if port not in sources or source not in known:
            raise NetworkError(
                f"'{port}' cannot read '{source}'", code="source_unknown",
                where=f"node '{name}'", do=nearest(source, known), source=source,
            )  # fmt: skip
        sources[port].append(source)
    for wanted in op.ports:
        count = len(sources[wanted.name])
        if not count or (count > 1 and not wanted.many):
            raise NetworkError(
                f"port '{wanted.name}' has {count} edges", code="input_missing",
                where=f"node '{name}'", do="Connect one.", port=wanted.name,
            )  # fmt: skip
    return {port: tuple(known[s] for s in given) for port, given in sources.items()}


def _misfit(name: str, node: Node, found: Refusal) -> NetworkError:
    told = ", ".join(f"{k} {v}" for k, v in found.args.items())
    return NetworkError(
        f"'{name}' ({node.op}) cannot take what it is given: {told}", code=found.code,
        where=f"node '{name}'", do="Run `danlu network check` for a fix.", **found.args,
    )  # fmt: skip


def _generator(*key: object) -> Generator:
    """Return a generator seeded by ``key`` alone."""
    text = "/".join(str(part) for part in key)
    seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
    return Generator().manual_seed(seed >> 1)
