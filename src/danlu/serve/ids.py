"""Ids: UUIDv7 of predictions, always growing, reserved one request at a time."""

from __future__ import annotations

import secrets
import threading

ROWS_PER_PREFIX = 1 << 24
"""A request's rows differ in the last six hex digits."""


class Ids:
    """Hands out id prefixes (30 characters); ``row_id`` adds the row's number.

    The layout is RFC 9562, section 6.2, method 1: milliseconds, a counter of 12 bits, 38 random
    bits, then the row. A clock that jumps back does not: the last millisecond is kept on.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millisecond = 0
        self._counter = 0

    def prefix(self, now: float) -> str:
        """Reserve the ids of one request that came in at ``now`` (Unix seconds)."""
        with self._lock:
            millisecond = int(now * 1000)
            if millisecond > self._millisecond:
                self._millisecond, self._counter = millisecond, 0
            elif self._counter < 0xFFF:
                self._counter += 1
            else:
                self._millisecond, self._counter = self._millisecond + 1, 0
            time, count = self._millisecond, self._counter
        chance = secrets.randbits(38)
        variant = 0x8000 | (chance >> 24)
        head = f"{time:012x}"
        return f"{head[:8]}-{head[8:]}-7{count:03x}-{variant:04x}-{chance & 0xFFFFFF:06x}"


def row_id(prefix: str, row: int) -> str:
    """Return the id of row ``row`` of the request.

    >>> row_id("0190a6b0-3c6a-7000-8000-0123ab", 255)
    '0190a6b0-3c6a-7000-8000-0123ab0000ff'
    """
    return f"{prefix}{row:06x}"


def at_of(prediction: str) -> float:
    """Return when the id was handed out, in Unix seconds.

    >>> at_of("0190a6b0-3c6a-7000-8000-0123ab0000ff")
    1720783486.058
    """
    return int(prediction[:8] + prediction[9:13], 16) / 1000
