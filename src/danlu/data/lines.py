"""Lines: where in a CSV file a record starts, so that a bad cell can be named by its line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 24
QUOTE, NEWLINE, RETURN, BACKSLASH = b'"\n\r\\'


def line_numbers(
    path: Path, records: Sequence[int], broken: Sequence[tuple[int, int]], *, escape: str = '"'
) -> list[int]:
    """Return the 1-based line of each record; record 0 is the header.

    Blank lines and ``broken`` stretches (byte position, length) are no records. Only newlines
    outside quotes end one, so a cell may span lines.
    """
    data = np.memmap(path, dtype=np.uint8, mode="r")
    wanted = np.asarray(sorted(set(records)), dtype=np.int64)
    skipped = np.asarray([start for start, _ in broken], dtype=np.int64)
    lines: dict[int, int] = {}
    start, start_line, line, record, inside = 0, 1, 1, 0, 0
    for at in range(0, len(data), BLOCK):
        block = np.array(data[at : at + BLOCK])
        ends, inside = _ends(block, at, broken, inside=inside, escape=escape)
        newlines = np.flatnonzero(block == NEWLINE) + at
        starts = np.concatenate(([start], ends + 1))[: len(ends)]
        real = (ends > starts) & ~((ends == starts + 1) & (data[starts] == RETURN))
        real &= ~np.isin(starts, skipped)
        numbers = record + np.cumsum(real) - 1  # number of the record that starts there
        at_line = line + np.searchsorted(newlines, starts)
        at_line[:1] = start_line
        here = np.flatnonzero(real & np.isin(numbers, wanted))
        lines.update(zip(numbers[here].tolist(), at_line[here].tolist(), strict=True))
        if len(ends):
            start = int(ends[-1]) + 1
            start_line = line + int(np.searchsorted(newlines, start))
        record += int(real.sum())
        line += len(newlines)
    return [lines.get(record, line) for record in records]


def line_at(path: Path, positions: Sequence[int]) -> list[int]:
    """Return the 1-based line that each byte position lies in."""
    data = np.memmap(path, dtype=np.uint8, mode="r")
    wanted = np.asarray(positions, dtype=np.int64)
    found = np.ones(len(wanted), dtype=np.int64)
    for at in range(0, len(data), BLOCK):
        newlines = np.flatnonzero(data[at : at + BLOCK] == NEWLINE) + at
        found += np.searchsorted(newlines, wanted)
    return [int(n) for n in found]


def _ends(
    block: NDArray[np.uint8], at: int, broken: Sequence[tuple[int, int]], *, inside: int,
    escape: str,
) -> tuple[NDArray[np.int64], int]:  # fmt: skip
    """Return the positions of the newlines outside quotes, and whether the block ends inside."""
    quotes = block == QUOTE
    if escape == "\\":
        quotes[1:] &= block[:-1] != BACKSLASH
    for start, length in broken:
        quotes[max(start - at, 0) : max(start + length - at, 0)] = False
    parity = (inside + np.cumsum(quotes)) % 2
    ends = np.flatnonzero((block == NEWLINE) & (parity == 0)) + at
    return ends, int(parity[-1])
