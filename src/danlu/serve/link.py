"""Link: the front's end of one predictor process: its socket, its replies, its death."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

from danlu.serve.gate import TAIL, child_environment
from danlu.serve.wire import ALIVE, Frames, Reply

BUFFER_BYTES = 1 << 20
BUSY_STATES = frozenset("RD")  # proc(5): running or ready to, waiting for the disk


class Link(asyncio.Protocol):
    """One started process; tells its owner of every reply, and once of its end."""

    def __init__(
        self, *, replied: Callable[[Link, Reply], None], ended: Callable[[Link], None]
    ) -> None:
        self._replied, self._ended = replied, ended
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None
        self._words = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the process
        self._said = ""
        self.process: subprocess.Popen[bytes] | None = None
        self.heard_at = time.monotonic()
        """When the process last said anything (monotonic clock)."""

    async def start(self, folder: Path, *, model: str, threads: int) -> None:
        """Start the process and connect; its first reply is its report."""
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                end.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        ours.settimeout(0)
        number = theirs.fileno()
        command = [
            sys.executable, "-m", "danlu.serve.predictor", str(folder), "--fd", str(number),
            "--parent", str(os.getpid()), "--model", model, "--threads", str(threads),
        ]  # fmt: skip
        with theirs:
            self.process = subprocess.Popen(
                command,
                pass_fds=(number,),
                env=child_environment(),
                stdin=subprocess.DEVNULL,
                stderr=self._words,
                start_new_session=True,
            )
        self.heard_at = time.monotonic()
        await asyncio.get_running_loop().create_connection(lambda: self, sock=ours)

    def send(self, frame: bytes) -> None:
        """Send one frame; lost silently when the process is gone, its owner hears of that."""
        if self._transport is not None:
            self._transport.write(frame)

    def stuck(self) -> bool:
        """Say whether the process neither runs nor waits for a processor or the disk."""
        if self.process is None:
            return False
        try:
            stat = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii")
        except OSError:
            return True
        return stat.rpartition(")")[2].split()[0] not in BUSY_STATES

    def last_words(self) -> str:
        """Return the end of what the process wrote to its standard error."""
        if not self._words.closed:
            size = self._words.seek(0, os.SEEK_END)
            self._words.seek(max(0, size - TAIL))
            self._said = self._words.read().decode(errors="replace").strip()
        return self._said

    def kill(self) -> None:
        """End the process at once; ``ended`` follows."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        if self._transport is not None:
            self._transport.abort()

    async def reap(self) -> None:
        """Collect the ended process, killing it if it lingers."""
        await self._collect()
        self.last_words()
        self._words.close()

    async def _collect(self) -> None:
        if self.process is None:
            return
        for _ in range(100):
            if self.process.poll() is not None:
                return
            await asyncio.sleep(0.01)
        self.process.kill()
        await asyncio.get_running_loop().run_in_executor(None, self.process.wait)

    def close(self) -> None:
        """Hang up: the process ends by itself when it has nothing more to read."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (called by asyncio)."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's does not inherit from it

    def data_received(self, data: bytes) -> None:
        """Hand on whole replies (called by asyncio)."""
        self.heard_at = time.monotonic()
        for frame in self._frames.feed(data):
            reply = Reply.parse(frame)
            if reply.status != ALIVE:
                self._replied(self, reply)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        """Tell the owner (called by asyncio)."""
        self._transport = None
        self._ended(self)
