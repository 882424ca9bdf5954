"""Local: calls run in trainers, forked in milliseconds from an engine with torch loaded."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from danlu.errors import BusyError, TrainingError, error_of
from danlu.execute.base import Call, Executor, Handle, Json, Report, most_memory

START_S = 60.0
STARTS = 5
END_S = 5.0
LINE_BYTES = 1 << 16
LOST: Json = {"end": {"cause": "lost"}}
SOCKET_NAME_BYTES = 100  # the kernel takes 107; a home folder may lie deep


class LocalExecutor(Executor):
    """Owns one engine; starts it when first needed, and again if it died."""

    isolated = True

    def __init__(self, home: Path, *, slots: int = 2, memory_bytes: int | None = None) -> None:
        self.slots, self._memory_bytes = slots, memory_bytes
        self.threads = max(1, (os.cpu_count() or 1) // slots)
        self.engine = EngineClient(home.absolute() / "run" / "engine.sock")
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    @property
    def memory_bytes(self) -> int:
        """What was set, else a share of the machine's."""
        return self._memory_bytes or most_memory()

    def start(self) -> None:
        """Start the engine if it is not running; returns once it listens, before it is warm."""
        with self._lock:
            for tries in range(1, STARTS + 1):
                if self._process is not None and self._process.poll() is None:
                    return
                self._end()
                self._process = self._launch()
                self._await(self._process, last=tries == STARTS)

    def submit(self, call: Call, report: Report) -> Handle:
        """Fork a trainer for this call."""
        if call.memory_bytes is None:
            call = call.model_copy(update={"memory_bytes": self._memory_bytes})
        for _ in range(STARTS):
            self.start()
            try:
                return LocalHandle(self.engine.open({"call": call.model_dump()}), call, report)
            except BusyError:
                self._end()  # alive but deaf: another engine took its place
        raise TrainingError("the engine does not answer", code="lost", where=call.run)

    def close(self) -> None:
        """End the engine and with it every trainer."""
        with self._lock:
            self._end()
            self.engine.path.unlink(missing_ok=True)

    def _launch(self) -> subprocess.Popen[bytes]:
        path = self.engine.path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the engine
        command = [sys.executable, "-m", "danlu.up.engine", "--socket", str(path)]
        return subprocess.Popen(
            [*command, "--parent", str(os.getpid())], stdin=subprocess.DEVNULL,
            stdout=self._log, stderr=self._log, start_new_session=True,
        )  # fmt: skip

    def _await(self, process: subprocess.Popen[bytes], *, last: bool) -> None:
        """Wait until it listens; an engine that was killed meanwhile gets another chance."""
        until = time.monotonic() + START_S
        while not self.engine.listens():
            dead = process.poll() is not None
            if dead and not last:
                return
            if dead or time.monotonic() > until:
                tail = self.tail()
                self._end()
                raise TrainingError(
                    "the engine did not start", code="engine_failed", where=str(self.engine.path),
                    do="See the log tail.", tail=tail,
                )  # fmt: skip
            time.sleep(0.005)

    def tail(self) -> str:
        """Return the end of the engine's own log; empty while there is none."""
        if self._log is None:
            return ""
        self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - 4000))
        return self._log.read().decode(errors="replace")

    def _end(self) -> None:
        if self._log is not None:
            self._log.close()
            self._log = None
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


class EngineClient:
    """The door to an engine from any process of the same user."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def analyze(self, payload: Json) -> Json:
        """Check a network document: ``{"network", "types", "head"}`` -> Analysis as JSON."""
        return self._call("danlu.experiment.desk:analyze", payload, 10)

    def propose(self, payload: Json) -> Json:
        """Propose network, space and recipe: ``{"parts", "schema", "target", "task"?}``."""
        return self._call("danlu.experiment.propose:run", payload, 60)

    def catalogue(self, family: str) -> list[Json]:
        """List the kinds of a family that needs torch, with the JSON schema of their fields."""
        found = self._call("danlu.experiment.desk:catalogue", {"family": family}, 10)
        kinds: list[Json] = found["items"]
        return kinds

    def warm(self) -> bool:
        """Whether everything is preloaded; False while there is no engine."""
        try:
            with self.open({"ping": {}}) as connection:
                connection.settimeout(START_S)
                return bool(next(Lines(connection), {"warm": False})["warm"])
        except (BusyError, OSError):
            return False

    def listens(self) -> bool:
        """Whether somebody accepts connections."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            try:
                self._connect(connection)
            except OSError:
                return False
            return True

    def open(self, request: Json) -> socket.socket:
        """Send a request; the answer comes as JSON lines on the returned connection."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._connect(connection)
            connection.sendall(json.dumps(request).encode() + b"\n")
        except OSError as error:
            connection.close()
            raise BusyError(
                "the engine is not up yet", where=str(self.path), do="Try again in a moment.",
                retry_after_s=1,
            ) from error  # fmt: skip
        return connection

    def _connect(self, connection: socket.socket) -> None:
        with address(self.path) as name:
            connection.connect(name)

    def _call(self, run: str, args: Json, timeout_s: float) -> Json:
        call = Call(run=run, args=args, timeout_s=timeout_s)
        return LocalHandle(self.open({"call": call.model_dump()}), call, _ignore).wait()


class LocalHandle(Handle):
    """A trainer at the other end of a connection."""

    def __init__(self, connection: socket.socket, call: Call, report: Report) -> None:
        self._connection, self._call, self._report = connection, call, report
        self._lines = Lines(connection)
        self._said: Json = {}
        self._end: Json | None = None
        self._patience_s, self._heard_at = call.silent_s, time.monotonic()
        self._hangs = False

    def wait(self, timeout_s: float | None = None) -> Json:
        """Pass events on until the engine has buried the trainer, then return or raise."""
        until = None if timeout_s is None else time.monotonic() + timeout_s
        while self._end is None:
            line = self._next(until)
            if "event" in line:
                self._report(line["event"])
            elif "end" in line:
                self._end = line["end"]
                self._connection.close()
            elif line:
                self._said = line
        return self._outcome(self._end)

    def _next(self, until: float | None) -> Json:
        """Return the next line; {} when it was silent for too long and is being ended."""
        give_up = None if self._patience_s is None else self._heard_at + self._patience_s
        first = min((at for at in (until, give_up) if at is not None), default=None)
        self._connection.settimeout(_left(first))
        try:
            line = next(self._lines, LOST)
        except ConnectionError:
            return LOST
        except TimeoutError:
            if give_up is None or time.monotonic() < give_up:
                raise
            if self._hangs:  # the engine says nothing either
                return LOST
            self._hangs, self._patience_s, line = True, END_S, {}
            self.cancel()
        self._heard_at = time.monotonic()
        return line

    def cancel(self) -> None:
        """Hang up; the engine kills the trainer's whole process group."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)

    def _outcome(self, end: Json) -> Json:
        if end["cause"] == "" and "result" in self._said:
            result: Json = self._said["result"]
            return result
        if "problem" in self._said:
            raise error_of(self._said["problem"])
        cause = "hung" if self._hangs else end["cause"] or "crashed"
        tail = end.get("tail", "")
        last = tail.strip().rpartition("\n")[2]
        raise TrainingError(
            f"the trainer {PHRASES[cause]}" + (f": {last}" if last else ""),
            code=cause, where=self._call.run, do=ADVICE.get(cause, ""), tail=tail,
            signal=end.get("signal", 0), **self._stillness(cause),
        )  # fmt: skip

    def _stillness(self, cause: str) -> Json:
        """Say for how long nothing came, or nothing was computed."""
        if cause != "hung":
            return {}
        return {"seconds": self._call.silent_s if self._hangs else self._call.idle_s}


PHRASES = {
    "crashed": "crashed",
    "out_of_memory": "ran out of memory",
    "timed_out": "took longer than allowed",
    "hung": "stood still",
    "cancelled": "was cancelled",
    "lost": "was lost with its engine",
}
ADVICE = {
    "out_of_memory": "Train fewer trials together, or a smaller network or batch.",
    "timed_out": "Give it more time, or less to do.",
}


class Lines:
    """JSON lines from a socket; a line torn by a crash is skipped; survives a timeout."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._buffer = connection, bytearray()

    def __iter__(self) -> Iterator[Json]:
        return self

    def __next__(self) -> Json:
        while True:
            while (end := self._buffer.find(b"\n")) >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 1]
                with contextlib.suppress(ValueError):
                    found: Json = json.loads(line)
                    return found
            chunk = self._connection.recv(LINE_BYTES)
            if not chunk:
                raise StopIteration
            self._buffer += chunk


@contextlib.contextmanager
def address(path: Path) -> Iterator[str]:
    """Give a name short enough for a unix socket, however deep the folder lies."""
    if len(os.fsencode(path)) < SOCKET_NAME_BYTES:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _left(until: float | None) -> float | None:
    return None if until is None else max(1e-3, until - time.monotonic())


def _ignore(event: Json) -> None:
    del event
