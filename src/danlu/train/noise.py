"""Noise: randomness as a function of (trial seed, step, node, element), never a stream."""

from __future__ import annotations

import zlib
from functools import lru_cache
from math import prod

import numpy as np
import torch
from torch import Tensor

_SCALE = 2.0**-32 * (1 - 2.0**-23)  # keeps the largest draw below 1 after rounding


def uniform(seed: Tensor, step_no: Tensor, node: str, shape: tuple[int, ...]) -> Tensor:
    """Draw float32 numbers in (0, 1) of ``shape``; seed and step are int64 scalars.

    The same arguments give the same numbers whoever else is in the cohort: under vmap over
    ``seed`` each row draws what it would draw alone.

    >>> uniform(torch.tensor(1), torch.tensor(0), "drop_1", (2,)).shape
    torch.Size([2])
    """
    x = _elements(prod(shape)) ^ _key(seed, step_no, zlib.crc32(node.encode()))
    # One multiply-xorshift-multiply round is enough: both sides of the xor are mixed already.
    x.mul_(_signed(0x85EBCA6B, 32))
    x.bitwise_xor_(x >> 15)
    x.mul_(_signed(0xC2B2AE35, 32))
    return x.float().mul_(_SCALE).add_(0.5).view(shape)


def _key(seed: Tensor, step_no: Tensor, node: int) -> Tensor:
    """Mix seed, step and node into 32 bits (the finaliser of MurmurHash3, 64 bit)."""
    h = seed * _signed(0x5851F42D4C957F2D, 64) + step_no * _signed(0x14057B7EF767814F, 64)
    h = h + _signed(node * 0x2545F4914F6CDD1D, 64)
    h = h ^ ((h >> 33) & 0x7FFFFFFF)
    h = h * _signed(0xFF51AFD7ED558CCD, 64)
    h = h ^ ((h >> 33) & 0x7FFFFFFF)
    h = h * _signed(0xC4CEB9FE1A85EC53, 64)
    return (h ^ ((h >> 33) & 0x7FFFFFFF)).to(torch.int32)


@lru_cache(maxsize=64)
def _elements(count: int) -> Tensor:
    """Return one well-mixed int32 per element; made by numpy so that no tracer records it."""
    x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(0x7F4A7C15)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return torch.from_numpy(x.view(np.int32))


def _signed(value: int, bits: int) -> int:
    """Read the low ``bits`` of ``value`` as two's complement, as torch's integers do."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value
