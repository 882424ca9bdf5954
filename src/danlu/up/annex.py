"""Annex: an engine beside the engine, for what a search needs once, at its end.

What fits the baselines and writes the model's graph takes five seconds of a processor to load.
Trainers need none of it; who ends a search would load it while everybody waits. The annex is forked
when a search begins, loads it meanwhile, and then serves like the engine: a call, a process.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from typing import NoReturn

from danlu.up.kin import die_with
from danlu.up.trainer import OPEN_FILES

LIVES, END_S = 5, 2.0
"""It is opened so many times; one that always dies is done without."""


class Annex:
    """The engine's end of it; ``serve`` is what the other end does until it is ended."""

    def __init__(self, modules: Sequence[str], serve: Callable[[socket.socket], None]) -> None:
        self.modules = frozenset(name.partition(":")[0] for name in modules)
        self.control: socket.socket | None = None
        self._serve, self._pid = serve, 0
        self._lives = LIVES if modules else 0

    @property
    def is_missing(self) -> bool:
        """Whether it should be opened, and may be."""
        return self.control is None and self._lives > 0

    def open(self) -> socket.socket:
        """Fork it; return what becomes readable when it has died."""
        self.control, inner = socket.socketpair()
        engine = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            _live(inner, engine, self._serve)
        inner.close()
        self._lives -= 1
        return self.control

    def hand(self, connection: socket.socket, line: bytes) -> bool:
        """Give it a request and the connection to answer on; False when it is not there."""
        if self.control is None:
            return False
        with os.fdopen(os.memfd_create("request"), "wb") as file:  # a pipe may be full
            file.write(line)
            file.flush()
            try:
                socket.send_fds(self.control, [b"."], [connection.fileno(), file.fileno()])
            except OSError:  # it died a moment ago
                return False
        connection.close()
        return True

    def close(self) -> None:
        """End it, and with it all it has started."""
        if self.control is not None:
            until = time.monotonic() + END_S
            os.kill(self._pid, signal.SIGTERM)
            while os.waitpid(self._pid, os.WNOHANG) == (0, 0):
                if time.monotonic() > until:
                    os.kill(self._pid, signal.SIGKILL)
                time.sleep(0.005)
            self.control.close()
            self.control = None


def take(control: socket.socket) -> tuple[socket.socket, bytes] | None:
    """Return what the engine handed over; None when it hung up."""
    _, files, _, _ = socket.recv_fds(control, 1, 2)
    if len(files) < 2:
        return None
    with os.fdopen(files[1], "rb") as file:
        file.seek(0)
        return socket.socket(fileno=files[0]), file.read()


def _live(control: socket.socket, engine: int, serve: Callable[[socket.socket], None]) -> NoReturn:
    """Keep no file of the engine's; never return into it."""
    try:
        os.setsid()
        die_with(engine)
        os.closerange(3, control.fileno())
        os.closerange(control.fileno() + 1, OPEN_FILES * 4)
        serve(control)
    finally:
        os._exit(0)
