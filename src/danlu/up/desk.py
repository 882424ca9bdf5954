"""Desk: a forked process that stays, answers quick questions and remembers what it worked out.

A fork per question would forget the shapes of every network it has seen. It takes one question at
a time; while it is busy others get forks of their own.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket

from danlu.up import trainer

QUICK = ("danlu.experiment.desk:", "danlu.experiment.inputs:", "danlu.experiment.peek:")
"""The jobs it answers, by how their dotted names begin."""
MOST_ANSWERED = 5_000  # then a fresh one takes over, so that nothing piles up
HAND_S = 2.0


class Desk:
    """The engine's end of it."""

    def __init__(self) -> None:
        self.answered = 0
        engine = os.getpid()
        self.control, inner = socket.socketpair()
        self.log, log_end = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            trainer.stay(inner.fileno(), log_end, engine)
        inner.close()
        os.close(log_end)
        os.set_blocking(self.log, False)
        self.control.settimeout(HAND_S)

    def hand(self, connection: socket.socket, line: bytes) -> None:
        """Give it a question and the connection to answer on; OSError if it is gone."""
        size = len(line).to_bytes(8, "big")
        socket.send_fds(self.control, [size], [connection.fileno()])
        self.control.sendall(line)

    def outcome(self) -> bytes:
        """Return b"0" after an answer, b"1" after a refusal, b"" when it is gone."""
        self.answered += 1
        try:
            return self.control.recv(1)
        except OSError:
            return b""

    def end(self) -> None:
        """End it and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.bury()

    def bury(self) -> None:
        """Reap it, unless that was done, and let go of what connects to it."""
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        self.close()

    def close(self) -> None:
        """Let go of what connects to it."""
        self.control.close()
        os.close(self.log)
