"""Lines: where in a CSV file a record starts, so that a bad cell can be named by its line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 22
QUOTE, NEWLINE, RETURN, BACKSLASH = b'"\n\r\\'
Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


def line_numbers(
    path: Path, records: Sequence[int], broken: Sequence[tuple[int, int]], *, escape: str = '"'
) -> list[int]:
    """Return the 1-based line of each record; record 0 is the header.

    Blank lines and ``broken`` stretches (byte position, length; sorted) are no records. Only
    newlines outside quotes end one, so a cell may span lines.
    """
    wanted = np.asarray(sorted(set(records)), dtype=np.int64)
    stretches = np.asarray(broken, dtype=np.int64).reshape(-1, 2)
    lines: dict[int, int] = {}
    start, start_line, line, record, inside, before = 0, 1, 1, 0, 0, 0
    for at, block in _blocks(path):
        quotes = _quotes(block, at, stretches, escape)
        parity = (inside + np.cumsum(quotes)) % 2
        newlines = np.flatnonzero(block == NEWLINE)
        ends = newlines[parity[newlines] == 0] + at
        newlines += at
        starts = np.concatenate(([start], ends + 1))[: len(ends)]
        last = np.concatenate(([before], block))[ends - at]  # the byte before each end
        real = (ends > starts) & ~((ends == starts + 1) & (last == RETURN))
        real &= ~np.isin(starts, stretches[:, 0])
        numbers = record + np.cumsum(real) - 1  # number of the record that starts there
        at_line = line + np.searchsorted(newlines, starts)
        at_line[:1] = start_line
        here = np.flatnonzero(real & np.isin(numbers, wanted))
        lines.update(zip(numbers[here].tolist(), at_line[here].tolist(), strict=True))
        if len(ends):
            start = int(ends[-1]) + 1
            start_line = line + int(np.searchsorted(newlines, start))
        record, line = record + int(real.sum()), line + len(newlines)
        inside, before = int(parity[-1]), int(block[-1])
    return [lines.get(record, line) for record in records]


def line_at(path: Path, positions: Sequence[int]) -> list[int]:
    """Return the 1-based line that each byte position lies in."""
    wanted = np.asarray(positions, dtype=np.int64)
    found = np.ones(len(wanted), dtype=np.int64)
    if len(wanted):
        for at, block in _blocks(path):
            found += np.searchsorted(np.flatnonzero(block == NEWLINE) + at, wanted)
    return [int(n) for n in found]


def _blocks(path: Path) -> Iterator[tuple[int, Bytes]]:
    """Read the file in stretches: (position, bytes)."""
    with path.open("rb") as file:
        at = 0
        while read := file.read(BLOCK):
            yield at, np.frombuffer(read, dtype=np.uint8)
            at += len(read)


def _quotes(block: Bytes, at: int, broken: Places, escape: str) -> NDArray[np.bool_]:
    """Say which bytes are quotes that count; those of broken stretches do not."""
    quotes: NDArray[np.bool_] = block == QUOTE
    if escape == "\\":
        quotes[1:] &= block[:-1] != BACKSLASH
    longest = int(broken[:, 1].max()) if len(broken) else 0
    first, after = np.searchsorted(broken[:, 0], (at - longest, at + len(block)))
    for start, length in broken[first:after].tolist():
        quotes[max(start - at, 0) : max(start + length - at, 0)] = False
    return quotes
