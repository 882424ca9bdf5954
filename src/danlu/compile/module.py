"""NetModule: a network as one torch module, written for one trial with rows first.

It must run alone, under ``torch.func.vmap(grad(functional_call))`` with stacked weights and a
shared batch, on the meta device, and through ``torch.export``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from pydantic import ValidationError
from torch import Generator, Tensor, nn

from danlu.errors import NetworkError, nearest
from danlu.network.expand import expand
from danlu.network.graph import Network, Node
from danlu.network.ops.base import Layer, Live, Masks, Op, ops, trace
from danlu.network.ports import Inputs, Refusal
from danlu.tensor import TensorType

TAKEN = frozenset(dir(nn.Module())) | {"outputs", "wires", "frozen", "initial", "front"}
"""Names that a module cannot be filed under."""


class Wire(NamedTuple):
    """One node at run time: its layer (None = off) and what it reads."""

    node: str
    layer: Layer | None
    sources: tuple[str, ...]
    lender: Layer | None
    """Whose weight arrives as the last tensor."""
    type: TensorType


class NetModule(nn.Module):
    """The nodes of a network that lead to an output, each a layer.

    Weights are named "<node>.<tensor>", those in blocks "<node>.<inner node>.<tensor>"; a node
    named like a method of ``nn.Module`` ("half", "type") files them under its name and a "~".
    They are zero until ``initial`` or a file fills them. ``types`` are those of the inputs,
    ``head`` is what "target" stands for. ``front`` is what becomes of the inputs first, and then
    ``types`` are what comes out of it.
    """

    def __init__(
        self, network: Network, types: Mapping[str, TensorType], head: int, *,
        front: nn.Module | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.front = front
        flat = expand(network)
        self.outputs = dict(flat.outputs)
        self.wires: list[Wire] = []
        self.frozen: set[str] = set()
        """Names of weights that stay as they start."""
        self._layers: dict[str, Layer] = {}
        self._files: dict[str, str] = {}
        known = dict(types)
        used = _used(flat)
        for name in flat.order():
            if name in used:
                wire = self._wire(name, flat, known, head)
                self.wires.append(wire)
                known[name] = wire.type

    def _wire(self, name: str, flat: Network, known: Mapping[str, TensorType], head: int) -> Wire:
        node = flat.nodes[name]
        op = op_of(name, node)
        inputs = _inputs(name, node, op, known)
        lender = self._lender(name, node) if node.tied else None
        if lender is not None and op.borrows:
            inputs = {**inputs, "tied": _inputs(*_told(flat, str(node.tied)), known)["x"]}
        borrowed = tuple(lender.get_parameter("weight").shape) if lender and op.borrows else ()
        found = trace(op, inputs, head=head, borrowed=borrowed)
        if isinstance(found, Refusal):
            raise _misfit(name, node, found)
        layer = op.build(inputs, head=head) if node.enabled else None
        if layer is None and not found.passes:
            raise _misfit(name, node, Refusal(code="off_changes_type"))
        if layer is not None and lender is not None and not op.borrows:
            layer = self._share(name, node, layer, lender)
        elif layer is not None:
            self._file(name, layer, frozen=node.frozen)
        edges = list(node.edges())
        sources = tuple(s for port in op.ports for at, _, s in edges if at == port.name)
        return Wire(name, layer, sources, lender if op.borrows else None, found.type)

    def _share(self, name: str, node: Node, layer: Layer, lender: Layer) -> Layer:
        """Return the layer whose weights this node uses, which must be alike."""
        if _shapes(layer) != _shapes(lender) or type(layer) is not type(lender):
            raise _misfit(name, node, Refusal(code="tied_differs", args={"of": str(node.tied)}))
        self._layers[name] = lender
        return lender

    def _lender(self, name: str, node: Node) -> Layer:
        lender = self._layers.get(str(node.tied))
        if lender is None:
            raise _misfit(name, node, Refusal(code="tied_unknown", args={"of": str(node.tied)}))
        return lender

    def _file(self, name: str, layer: Layer, *, frozen: bool) -> None:
        """Hang a layer into the tree of modules, at its path."""
        home: nn.Module = self
        parts = file_of(name).split(".")
        for part in parts[:-1]:
            if part not in home._modules:
                home.add_module(part, nn.Module())
            home = home.get_submodule(part)
        home.add_module(parts[-1], layer)
        self._layers[name] = layer
        self._files[name] = file_of(name)
        if frozen:
            file = self._files[name]
            self.frozen |= {f"{file}.{weight}" for weight, _ in layer.named_parameters()}

    def forward(self, inputs: Mapping[str, Tensor], live: Live) -> dict[str, Tensor]:
        """Compute every output (rows, ...) from the tensors of the inputs (rows, ...)."""
        values = dict(inputs) if self.front is None else self.front(inputs)
        masks: dict[str, Tensor | None] = {}
        for wire in self.wires:
            tensors = [values[s] for s in wire.sources]
            if wire.layer is None:
                values[wire.node], masks[wire.node] = tensors[0], masks.get(wire.sources[0])
                continue
            given: Masks = tuple(masks.get(s) for s in wire.sources)
            seen = replace(live, masks=given) if any(m is not None for m in given) else live
            more = [wire.lender.weight] if wire.lender else []
            values[wire.node] = wire.layer(*tensors, *more, node=wire.node, live=seen)
            if wire.type.masked:
                masks[wire.node] = wire.layer.mask(tuple(tensors), given)
        return {output: values[source] for output, source in self.outputs.items()}

    def initial(self, seed: int) -> dict[str, Tensor]:
        """Return first weights: a pure function of seed, node name and tensor name."""
        return {
            f"{file}.{tensor}": start(
                tuple(self._layers[node].get_parameter(tensor).shape),
                _generator(seed, node, tensor),
            )
            for node, file in self._files.items()
            for tensor, start in self._layers[node].starts.items()
        }


def file_of(path: str) -> str:
    """Return where the weights of a flat node are filed.

    >>> file_of("res.0.half")
    'res.0.half~'
    """
    return ".".join(f"{part}~" if part in TAKEN else part for part in path.split("."))


def op_of(name: str, node: Node) -> Op:
    """Return the op of a flat node, or raise why there is none."""
    where = f"node '{name}'"
    kinds = ops()
    if node.op not in kinds.names():
        raise NetworkError(
            f"no op '{node.op}'", code="op_unknown", where=where,
            do=nearest(node.op or "", kinds.names()), op=node.op,
        )  # fmt: skip
    try:
        return kinds.get(node.op).model_validate_json(json.dumps(node.params))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(p) for p in first["loc"][:1])
        raise NetworkError(
            f"'{field}': {first['msg'].lower()}", code="param_invalid", where=where,
            do="Run `danlu network check` for a fix.", field=field,
        ) from error  # fmt: skip


def _used(network: Network) -> set[str]:
    """Return the nodes that lead to an output, by edges or by weights."""
    found: set[str] = set()
    waiting = list(network.outputs.values())
    while waiting:
        name = waiting.pop()
        if name in network.nodes and name not in found:
            found.add(name)
            waiting.extend(network.nodes[name].needs())
    return found


def _told(flat: Network, name: str) -> tuple[str, Node, Op]:
    return name, flat.nodes[name], op_of(name, flat.nodes[name])


def _shapes(layer: Layer) -> dict[str, tuple[int, ...]]:
    return {name: tuple(p.shape) for name, p in layer.named_parameters()}


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
        if (not count and not wanted.optional) or (count > 1 and not wanted.many):
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
