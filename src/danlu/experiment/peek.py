"""Peek (a job): what one row of a dataset is on an edge, in the network before any training."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.func import functional_call

from danlu.compile.module import NetModule
from danlu.data.dataset import Schema
from danlu.data.reading import read
from danlu.errors import NetworkError, NotFoundError, nearest
from danlu.experiment.inputs import fitted
from danlu.network.check import check
from danlu.network.expand import expansion
from danlu.network.graph import Network
from danlu.network.ops.base import Live
from danlu.params import Params
from danlu.tensor import TensorType

Json = dict[str, Any]
MOST_ROWS = 64
MOST_MACS = 2e9  # in all, so that an answer comes while one looks at the edge
MOST_VALUES = 256
MOST_MAPS = 12
MOST_PIXELS = 48  # along an edge of a map
BINS = 32
ENDS = "peeked"


class PeekArgs(Params):
    """A document, the data that flow through it, and where to look."""

    network: Json
    parts: tuple[Path, ...]
    schema_: Json
    target: str
    inputs: dict[str, Json] = Field({"table": {}})
    node: str
    """A node or an input; inside blocks by its path, as "res.0.conv"."""
    row: int = Field(0, ge=0)
    seed: int = 0
    """Of the weights that the network starts with."""


def run(args: Json, report: Any) -> Json:
    """Return the tensor of one row: its type, values, picture, and the spread over some rows."""
    del report
    given = PeekArgs.model_validate(args)
    network = Network.model_validate(given.network)
    about = given.model_dump(mode="json", include={"parts", "schema_", "target", "inputs"})
    encoder, head = fitted(about)
    types = encoder.types() if encoder else {}
    found = expansion(network)
    source = found.value(given.node)
    if source not in found.nodes and source not in types:
        known = [*found.nodes, *found.alias, *types]
        raise NotFoundError(
            f"no node '{given.node}' with data", code="node_unknown", where="the network",
            do=nearest(given.node, known), node=given.node,
        )  # fmt: skip
    if found.faults and source in found.nodes:
        raise found.faults[0].error
    flat = network.model_copy(
        update={"nodes": found.nodes, "blocks": {}, "outputs": {ENDS: source}}
    )
    schema = Schema.model_validate(given.schema_)
    names = sorted({column.name for column in encoder.columns()}) if encoder else []
    rows = _affordable(flat, types, head)
    table = read(given.parts, schema, names, limit=rows, offset=given.row)
    batch = {n: torch.from_numpy(x) for n, x in encoder.encode(table).items()} if encoder else {}
    if not batch or not len(next(iter(batch.values()))):
        raise NotFoundError(
            f"no row {given.row}", code="row_unknown", where="the dataset",
            do="Ask for a row that it has.", row=given.row,
        )  # fmt: skip
    if source in types:
        kind, tensor = types[source], batch[source]
    else:
        kind, tensor = _forward(flat, types, head, batch, given.seed)
    return {
        "node": given.node, "row": given.row, "type": kind.model_dump(mode="json"),
        "trained": False, **_told(tensor, kind),
    }  # fmt: skip


def _affordable(flat: Network, types: Mapping[str, TensorType], head: int) -> int:
    """Return how many rows are looked at: fewer of a network that takes long."""
    macs = check(flat, types, head).totals.macs
    return int(max(1, min(MOST_ROWS, MOST_MACS // max(macs, 1))))


def _forward(
    flat: Network, types: Mapping[str, TensorType], head: int, batch: Mapping[str, Tensor],
    seed: int,
) -> tuple[TensorType, Tensor]:  # fmt: skip
    """Run the part of a network that leads to what is looked at, as it is before training."""
    net = NetModule(flat, types, head)
    if not net.wires:
        raise NetworkError("nothing leads there", code="peek_empty", do="Connect it.")
    with torch.no_grad():
        outputs = functional_call(net, net.initial(seed), (dict(batch), Live()))
    return net.wires[-1].type, outputs[ENDS]


def _told(tensor: Tensor, kind: TensorType) -> Json:
    """Describe a tensor (rows, ...): row 0 in full, all of it as a spread."""
    whole, first = tensor.double(), tensor[0].double()
    finite = whole[torch.isfinite(whole)]
    flat = first.flatten()
    return {
        "rows": len(whole), "shape": list(first.shape), "count": flat.numel(),
        "values": [_number(v) for v in flat[:MOST_VALUES].tolist()],
        "names": [f.column for f in kind.fields for _ in range(f.width)][:MOST_VALUES],
        "nans": int(torch.isnan(whole).sum()), "infinite": int(torch.isinf(whole).sum()),
        "zeros": int((whole == 0).sum()), "total": whole.numel(),
        **_spread(finite), "maps": _maps(first, kind),
    }  # fmt: skip


def _number(value: float) -> float | None:
    """Return a number that JSON can hold."""
    return float(f"{value:.6g}") if abs(value) < float("inf") else None


def _spread(finite: Tensor) -> Json:
    if not finite.numel():
        return {"low": None, "high": None, "mean": None, "deviation": None, "histogram": None}
    low, high = float(finite.min()), float(finite.max())
    apart = high - low or 1.0
    edges = [low + apart * i / BINS for i in range(BINS + 1)]
    counts = torch.histc(finite, bins=BINS, min=low, max=low + apart)
    return {
        "low": _number(low), "high": _number(high), "mean": _number(float(finite.mean())),
        "deviation": _number(float(finite.std(correction=0))),
        "histogram": {"edges": edges, "counts": [int(c) for c in counts.tolist()]},
    }  # fmt: skip


def _maps(first: Tensor, kind: TensorType) -> list[Json]:
    """Return what can be seen as pictures: channels of an image, a sequence as one map."""
    axes = [axis.name for axis in kind.axes]
    if axes == ["channels", "height", "width"]:
        maps = list(first[:MOST_MAPS])
    elif len(axes) == 2:
        maps = [first]
    else:
        return []
    return [_map(one) for one in maps]


def _map(one: Tensor) -> Json:
    """Return a map (height, width) as bytes between its least and largest value, row by row."""
    small = (min(one.shape[0], MOST_PIXELS), min(one.shape[1], MOST_PIXELS))
    pooled = nn.functional.adaptive_avg_pool2d(torch.nan_to_num(one)[None], small)[0]
    low, high = float(pooled.min()), float(pooled.max())
    shades = (pooled - low) / (high - low or 1.0) * 255
    return {
        "height": small[0], "width": small[1], "low": _number(low), "high": _number(high),
        "shades": shades.round().int().flatten().tolist(),
    }  # fmt: skip
