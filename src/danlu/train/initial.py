"""Initial: first weights as a recipe wants them, where it does not leave them to the ops."""

from __future__ import annotations

import hashlib
import math

import torch
from torch import Generator, Tensor

from danlu.compile.module import NetModule, file_of
from danlu.network.ops.base import Layer, Start, normal, uniform

MAPS = ("dense", "conv1d", "conv2d", "depthwise_conv2d")
"""Ops whose weight is a linear map (out, in, ...)."""


def initialise(net: NetModule, how: str, seed: int) -> dict[str, Tensor]:
    """Return first weights: a pure function of the seed and of names.

    "kaiming" (He et al. 2015, arXiv:1502.01852), "xavier" (Glorot & Bengio 2010) and "orthogonal"
    (Saxe et al. 2013, arXiv:1312.6120) draw those of dense and convolution layers; "zero_last"
    sets the last such layer before every output to zero, so that training starts from an answer
    that is the same for every row. "default" leaves everything as the ops start it.
    """
    first = net.initial(seed)
    if how == "default":
        return first
    if how == "zero_last":
        zero = tuple(f"{file_of(node)}." for node in _last(net))
        return {n: torch.zeros_like(t) if n.startswith(zero) else t for n, t in first.items()}
    maps = {f"{file_of(w.node)}.weight" for w in net.wires if _is_map(w.layer)}
    return {
        name: START[how](tensor)(tuple(tensor.shape), _generator(seed, name))
        if name in maps
        else tensor
        for name, tensor in first.items()
    }


def _last(net: NetModule) -> set[str]:
    """Return the nearest map before every output, along first edges."""
    wires = {w.node: w for w in net.wires}
    found = set()
    for output in net.outputs.values():
        wire = wires.get(output)
        while wire is not None and not _is_map(wire.layer):
            wire = wires.get(wire.sources[0])
        if wire is not None:
            found.add(wire.node)
    return found


def _is_map(layer: Layer | None) -> bool:
    return layer is not None and type(layer).__module__.rpartition(".")[2] in MAPS


def _kaiming(weight: Tensor) -> Start:
    return normal(math.sqrt(2 / weight[0].numel()))


def _xavier(weight: Tensor) -> Start:
    window = weight[0][0].numel()
    return uniform(math.sqrt(6 / (weight[0].numel() + len(weight) * window)))


def _orthogonal(weight: Tensor) -> Start:
    del weight
    return _rotation


def _rotation(shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Return rows at right angles, of length 1; columns, if there are more rows than columns."""
    rows, columns = shape[0], math.prod(shape[1:])
    drawn = torch.randn(max(rows, columns), min(rows, columns), generator=generator)
    q, r = torch.linalg.qr(drawn)
    q = q * r.diagonal().sign()  # without it the draw would not be uniform
    return (q if rows >= columns else q.mT).reshape(shape).contiguous()


START = {"kaiming": _kaiming, "xavier": _xavier, "orthogonal": _orthogonal}


def _generator(seed: int, name: str) -> Generator:
    key = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
    return Generator().manual_seed(int.from_bytes(key, "little") >> 1)
