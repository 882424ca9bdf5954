"""Wire: the frames between the front and a predictor, over an inherited unix socket."""

from __future__ import annotations

import struct
from typing import NamedTuple

_LENGTH = struct.Struct("<I")
_ASK = struct.Struct("<II30sH")  # length, number, id prefix, bytes of the policy
_REPLY = struct.Struct("<IIBIIII")  # length, number, status, rows, warned, explored, response bytes

HELLO, ANSWERED, PROBLEM, ALIVE = range(4)
"""Status of a reply: opened (or refused to), answered, this request is wrong, still working."""


class Ask(NamedTuple):
    """One request of a client, on its way to the predictor."""

    number: int
    prefix: str
    """Of the ids its rows will get; see `danlu.serve.ids`."""
    policy: bytes
    """`danlu.serve.policy.Policy` as JSON."""
    body: bytes
    """As the client sent it: ``{"rows": [...]}``."""

    def frame(self) -> bytes:
        """Pack for the socket."""
        length = _ASK.size - _LENGTH.size + len(self.policy) + len(self.body)
        head = _ASK.pack(length, self.number, self.prefix.encode(), len(self.policy))
        return b"".join((head, self.policy, self.body))

    @classmethod
    def parse(cls, frame: bytes) -> Ask:
        """Unpack one whole frame."""
        _, number, prefix, policy = _ASK.unpack_from(frame)
        start = _ASK.size
        body = start + policy
        return cls(number, prefix.decode(), frame[start:body], frame[body:])


class Reply(NamedTuple):
    """What the predictor says to one request."""

    number: int
    status: int
    response: bytes = b""
    """JSON for the client: the predictions, or the problem document."""
    log: bytes = b""
    """JSON array for the prediction log, one entry a row."""
    rows: int = 0
    warned: int = 0
    """Rows with at least one warning."""
    explored: int = 0
    """Rows decided by chance."""

    def frame(self) -> bytes:
        """Pack for the socket."""
        length = _REPLY.size - _LENGTH.size + len(self.response) + len(self.log)
        counts = (self.rows, self.warned, self.explored, len(self.response))
        head = _REPLY.pack(length, self.number, self.status, *counts)
        return b"".join((head, self.response, self.log))

    @classmethod
    def parse(cls, frame: bytes) -> Reply:
        """Unpack one whole frame."""
        _, number, status, rows, warned, explored, response = _REPLY.unpack_from(frame)
        start = _REPLY.size
        log = start + response
        return cls(number, status, frame[start:log], frame[log:], rows, warned, explored)


class Frames:
    """Cuts a byte stream into whole frames, whatever pieces it comes in."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next piece; return the frames it completes, length field included."""
        buffer, frames, at = self._buffer, [], 0
        buffer += data
        while len(buffer) - at >= _LENGTH.size:
            end = at + _LENGTH.size + _LENGTH.unpack_from(buffer, at)[0]
            if end > len(buffer):
                break
            frames.append(bytes(buffer[at:end]))
            at = end
        del buffer[:at]
        return frames
