"""Noise: randomness as a function of (trial seed, step, node, element), never a stream."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_SCALE = 2.0**-32 * (1 - 2.0**-23)  # keeps the largest draw below 1 after rounding
_GOLDEN = np.uint32(0x9E3779B1)
FIRST = re.compile(r"\.0(?=\.|$)")


def keys(seeds: Sequence[int], steps: Sequence[int]) -> Tensor:
    """Mix each trial's seed and each step into 32 bits  # (steps, trials)."""
    numbers = np.array(steps, dtype=np.uint64) * np.uint64(0x14057B7EF767814F)
    mine = np.array(seeds, dtype=np.int64).view(np.uint64) * np.uint64(0x5851F42D4C957F2D)
    h = numbers[:, None] + mine
    for odd in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):  # the finaliser of MurmurHash3
        h ^= h >> np.uint64(33)
        h *= np.uint64(odd)
    return torch.from_numpy((h >> np.uint64(32)).astype(np.uint32).view(np.int32))


def uniform(key: Tensor, node: str, shape: tuple[int, ...]) -> Tensor:
    """Draw float32 numbers in (0, 1) of ``shape``; ``key`` is one of ``keys``, 0-dim.

    The same arguments give the same numbers whoever else is in the cohort: under vmap over
    ``key`` each row draws what it would draw alone. An element is its indices: what lies beyond
    the end of an axis moves nothing. "res.0.drop" draws as "res.drop", which it is called where
    nothing repeats.

    >>> uniform(keys([1], [0])[0, 0], "drop_1", (2,)).shape
    torch.Size([2])
    """
    at = key.device
    x = _elements(shape, at) ^ (key * _of_node(node, at))
    # One multiply-xorshift-multiply round is enough: both sides of the xor are mixed already.
    x.mul_(_signed(0x85EBCA6B))
    x.bitwise_xor_(x >> 15)
    x.mul_(_signed(0xC2B2AE35))
    return torch.add(_half(at), x.float(), alpha=_SCALE)


@lru_cache(maxsize=1024)
def _of_node(node: str, at: torch.device) -> Tensor:
    """Return an odd number for a node, well mixed."""
    mixed = _signed(zlib.crc32(FIRST.sub("", node).encode()) * 0x9E3779B1 | 1)
    return torch.from_numpy(np.array(mixed, dtype=np.int32)).to(at)


@lru_cache(maxsize=64)
def _elements(shape: tuple[int, ...], at: torch.device) -> Tensor:
    """Return one well-mixed int32 per element; made by numpy so that no tracer records it.

    Multiples of the golden ratio stay far apart, so indices of two axes do not meet below 2**31.
    """
    x: NDArray[np.uint32] = np.zeros(1, np.uint32)
    for size in shape:
        x = np.add((x * _GOLDEN)[..., None], np.arange(size, dtype=np.uint32), dtype=np.uint32)
    x = x * _GOLDEN + np.uint32(0x7F4A7C15)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return torch.from_numpy(x.reshape(shape).view(np.int32)).to(at)


@lru_cache(maxsize=2)
def _half(at: torch.device) -> Tensor:
    return torch.from_numpy(np.array(0.5, dtype=np.float32)).to(at)


def _signed(value: int) -> int:
    """Read the low 32 bits of ``value`` as two's complement, as torch's integers do."""
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value >> 31 else value
