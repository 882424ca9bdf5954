"""Mends: which op, put on an edge, makes what is given into what is wanted; tried, not guessed."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd, prod
from typing import NamedTuple

from pydantic import JsonValue

from danlu.network.laws.parameters import read
from danlu.network.ops.base import Op, Trace, ops, trace
from danlu.network.ports import Port, Refusal
from danlu.tensor import TensorType

BY_AXES: dict[tuple[str, ...], tuple[str, ...]] = {
    ("channels", "height", "width"): ("global_pool", "flatten", "patches"),
    ("length", "features"): ("mean_over", "select_last", "flatten"),
    ("length",): ("embedding",),
    ("members", "features"): ("mean_members",),
}
"""Ops that change the axes of a tensor into other ones, the likeliest first."""
MOST = 3


class Mend(NamedTuple):
    """An op to insert."""

    op: str
    port: str
    params: dict[str, JsonValue]


def mends(given: TensorType, port: Port, reader: Op) -> Iterator[Mend]:
    """Yield what may be put between a tensor and the port of ``reader``, so that it fits."""
    count = 0
    for name, params in _candidates(given):
        op = read(name, params) if name in ops().names() else None
        if isinstance(op, Op) and count < MOST and _fits(op, given, port, reader):
            count += 1
            yield Mend(name, op.ports[0].name, params)


def settings(op: Op, given: TensorType, trouble: Refusal) -> Iterator[tuple[str, JsonValue]]:
    """Yield parameters, with values, that let an op take what it is given."""
    for param, value in _settings(trouble, given):
        if param in type(op).model_fields:
            changed = read(_name(op), {**op.model_dump(mode="json"), param: value})
            if isinstance(changed, Op) and isinstance(_alone(changed, given), Trace):
                yield param, value


def _settings(trouble: Refusal, given: TensorType) -> Iterator[tuple[str, JsonValue]]:
    args = trouble.args
    if trouble.code == "kernel_large":
        yield "padding", "same"
        yield "kernel", min(s or 1 for s in given.shape[1:] or given.shape)
    if trouble.code == "heads_uneven":
        yield "heads", _divisor(int(args["features"]), int(args["heads"]))
    if trouble.code == "groups_uneven":
        yield "groups", _divisor(int(args["channels"]), int(args["groups"]))
    if trouble.code == "patches_uneven":
        yield "size", _divisor(gcd(int(args["height"]), int(args["width"])), int(args["size"]))


def _divisor(of: int, most: int) -> int:
    """Return the largest divisor that is not above ``most``."""
    return next(d for d in range(min(of, most), 0, -1) if of % d == 0)


def _name(op: Op) -> str:
    return type(op).__module__.rpartition(".")[2]


def _alone(op: Op, given: TensorType) -> Trace | Refusal:
    inputs = {port.name: (given,) if not i else () for i, port in enumerate(op.ports)}
    return trace(op, inputs, head=1)


def pool(given: TensorType) -> str:
    """Return the op that makes a vector of a tensor, or ""."""
    wanted = Port(name="x", wants="vector")
    for name, params in _candidates(given):
        op = read(name, params) if name in ops().names() else None
        if isinstance(op, Op) and not params and _fits(op, given, wanted, op):
            return name
    return ""


def _candidates(given: TensorType) -> Iterator[tuple[str, dict[str, JsonValue]]]:
    names = tuple(a.name for a in given.axes)
    if any(f.is_category for f in given.fields):
        yield "columns", {}
    for name in BY_AXES.get(names, ()):
        yield name, {}
    count = prod(s or 0 for s in given.shape)
    side = round(count**0.5)
    if names == ("features",) and not any(f.is_category for f in given.fields):
        if side * side == count and side > 1:
            yield "reshape", {"to": [1, side, side]}
            yield "reshape", {"to": [side, side]}
        yield "reshape", {"to": [1, 1, count]}
        yield "reshape", {"to": [count, 1]}
    if names == ("length", "features"):
        yield "reshape", {"to": [1, *(s or 0 for s in given.shape)]}


def _fits(op: Op, given: TensorType, port: Port, reader: Op) -> bool:
    found = trace(op, {op.ports[0].name: (given,)}, head=1)
    if not isinstance(found, Trace) or port.refuse(found.type) is not None:
        return False
    return not found.type.masked or reader.on_padding != "refuses"
