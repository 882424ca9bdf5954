"""Engine: a single-threaded fork server; ``python -m danlu.up.engine --socket PATH``.

It listens at once, loads torch and the jobs, and forks one trainer per call; quick questions about
networks go to a desk that stays, the end of a search to an annex (another engine). A call that
crashes, hangs or eats memory takes nobody with it. The engine knows no database; when its parent
dies it dies, and its trainers with it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import selectors
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from danlu.errors import BusyError
from danlu.execute.base import Call, Json
from danlu.execute.local import address
from danlu.up import trainer
from danlu.up.annex import Annex, take
from danlu.up.desk import MOST_ANSWERED, QUICK, Desk
from danlu.up.loading import BEGINS, BESIDE, FIRST, LATER, Loading
from danlu.up.pulse import Pulse

REQUEST_BYTES = 64 << 20
TAIL_BYTES = 8 << 10
TICK_S = 0.25
ANSWER_S = 2.0
QUIET_S = 1.0
TRAINERS = 32
MEMORY_SIGNS = (
    "MemoryError", "can't allocate memory", "bad allocation", "std::bad_alloc",
    "CUDA out of memory",
)  # fmt: skip


@dataclass
class Caller:
    """A connection that has not said yet what it wants."""

    connection: socket.socket
    said: bytearray = field(default_factory=bytearray)


@dataclass
class Trainer:
    """A forked process: its connection, its log, and why it is being ended."""

    pid: int
    connection: socket.socket
    log: int
    until: float | None
    kills_before: int
    pulse: Pulse | None = None
    tail: bytearray = field(default_factory=bytearray)
    ending: str = ""


class Engine:
    """The loop: wait for callers, trainers and the parent; preload while nobody asks."""

    def __init__(self, parent: int, loading: Loading, beside: Sequence[str] = ()) -> None:
        self.parent, self.loading = parent, loading
        self.annex, self.searches = Annex(beside, _serve_beside), False
        self.trainers: dict[int, Trainer] = {}
        self.quiet_from = 0.0
        self.desk: Desk | None = None
        self.selector = selectors.DefaultSelector()
        self.wake, wake = socket.socketpair()
        for end in (self.wake, wake):
            end.settimeout(0)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        self._wake_end = wake
        self.selector.register(self.wake, selectors.EVENT_READ, self._drain)

    def listen(self, listener: socket.socket) -> None:
        """Let whoever knows this door ask."""
        self.selector.register(listener, selectors.EVENT_READ, lambda: self._accept(listener))

    def serve(self, control: socket.socket) -> None:
        """Do what the engine hands over, until it hangs up."""
        self.selector.register(control, selectors.EVENT_READ, lambda: self._take(control))
        self.run()

    def run(self) -> None:
        """Serve until told to end, or until the parent is gone."""
        try:
            while os.getppid() == self.parent:
                ready = self.selector.select(0 if self._is_idle() else TICK_S)
                for key, _ in ready:
                    act: Callable[[], None] = key.data
                    act()
                self._bury()
                if not ready and self._is_idle():
                    self._get_ready()
        finally:
            self._close_desk()
            self.annex.close()
            for one in self.trainers.values():
                _kill(one.pid)

    def _is_idle(self) -> bool:
        """Whether there is something to load, and nobody has worked for a while.

        A call that comes while something is loaded waits for it, and so does who sent it, and who
        has ended. The annex of a search is opened in no time.
        """
        if self.trainers:
            self.quiet_from = time.monotonic() + self.loading.quiet_s
        if self.searches and self.annex.is_missing and not self.loading.lacks_first:
            return True
        is_quiet = not self.trainers and time.monotonic() >= self.quiet_from
        return is_quiet and not self._is_warm()

    def _is_warm(self) -> bool:
        return not (self.loading.waiting or self.annex.is_missing)

    def _get_ready(self) -> None:
        """Take the next step towards being warm."""
        if self.annex.is_missing and not self.loading.lacks_first:
            self.selector.register(self.annex.open(), selectors.EVENT_READ, self._annex_died)
        else:
            self.loading.load_next()

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self.wake.recv(4096)

    def _accept(self, listener: socket.socket) -> None:
        connection, _ = listener.accept()
        if _user_of(connection) != os.getuid():
            connection.close()
            return
        caller = Caller(connection)
        self.selector.register(connection, selectors.EVENT_READ, lambda: self._hear(caller))

    def _hear(self, caller: Caller) -> None:
        """Read on; a whole line is a request."""
        try:
            chunk = caller.connection.recv(1 << 16)
        except ConnectionError:
            chunk = b""
        caller.said += chunk
        if chunk and not chunk.endswith(b"\n") and len(caller.said) <= REQUEST_BYTES:
            return
        self.selector.unregister(caller.connection)
        if not caller.said.endswith(b"\n"):
            caller.connection.close()
            return
        self._obey(caller.connection, bytes(caller.said))

    def _obey(self, connection: socket.socket, line: bytes) -> None:
        try:
            request = json.loads(line)
            call = Call.model_validate(request["call"]) if "call" in request else None
        except (ValueError, TypeError):
            connection.close()
            return
        module = call.run.partition(":")[0] if call else ""
        for_annex = module in self.annex.modules if call else self._is_warm()
        if for_annex and self.annex.hand(connection, line):
            return
        if call is None:
            _send(connection, {"warm": self._is_warm()})
        elif len(self.trainers) >= TRAINERS:
            busy = BusyError(f"{TRAINERS} calls are running", retry_after_s=1)
            _send(connection, {"problem": busy.problem()}, {"end": {"cause": "crashed"}})
        else:
            self.searches = self.searches or module == BEGINS
            self.loading.load_for(module)
            if not (call.run.startswith(QUICK) and self._ask_desk(connection, call)):
                self._fork(connection, call)

    def _ask_desk(self, connection: socket.socket, call: Call) -> bool:
        """Hand a quick question over; False while the desk is busy or when it cannot."""
        if self.loading.waiting or (self.desk is not None and self.desk.pid in self.trainers):
            return False
        if self.desk is None:
            self.desk = Desk()
            self.selector.register(self.desk.control, selectors.EVENT_READ, self._answered)
        desk = self.desk
        try:
            desk.hand(connection, call.model_dump_json().encode())
        except OSError:
            self._close_desk()
            return False
        until = None if call.timeout_s is None else time.monotonic() + call.timeout_s
        one = Trainer(desk.pid, connection, os.dup(desk.log), until, _kernel_kills())
        self.trainers[desk.pid] = one
        self.selector.register(connection, selectors.EVENT_READ, lambda: self._hung_up(one))
        return True

    def _answered(self) -> None:
        """Say the last words of a question; a desk that died in it is buried like a trainer."""
        desk = self.desk
        assert desk is not None
        outcome = desk.outcome()
        one = self.trainers.get(desk.pid)
        if outcome == b"":
            self._forget(desk.control)
            self.desk = None
            if one is None:
                desk.bury()
            else:  # reaped with its last words
                desk.close()
            return
        if one is None or one.ending:
            return
        del self.trainers[desk.pid]
        self._last_words(one, int(outcome), 0)
        if desk.answered >= MOST_ANSWERED:
            self._close_desk()

    def _close_desk(self) -> None:
        if self.desk is not None:
            self._forget(self.desk.control)
            self.desk.end()
            self.desk = None

    def _take(self, control: socket.socket) -> None:
        handed = take(control)
        if handed is None:
            raise SystemExit
        self._obey(*handed)

    def _annex_died(self) -> None:
        """Do without, until nobody works; what it did is lost, and asked for again."""
        assert self.annex.control is not None
        self._forget(self.annex.control)
        self.annex.close()
        self.searches = False

    def _fork(self, connection: socket.socket, call: Call) -> None:
        log, log_end = os.pipe()
        kills = _kernel_kills()
        engine, pid = os.getpid(), os.fork()
        if pid == 0:
            trainer.live(call, connection.fileno(), log_end, engine)
        os.close(log_end)
        os.set_blocking(log, False)
        until = None if call.timeout_s is None else time.monotonic() + call.timeout_s
        pulse = None if call.idle_s is None else Pulse(pid, call.idle_s)
        one = Trainer(pid, connection, log, until, kills, pulse)
        self.trainers[pid] = one
        self.selector.register(connection, selectors.EVENT_READ, lambda: self._hung_up(one))
        self.selector.register(log, selectors.EVENT_READ, lambda: self._listen(one))

    def _hung_up(self, one: Trainer) -> None:
        """Whoever asked is gone or has cancelled: it says nothing else."""
        one.ending = one.ending or "cancelled"
        self._forget(one.connection)
        _kill(one.pid)

    def _listen(self, one: Trainer) -> None:
        with contextlib.suppress(BlockingIOError):
            chunk = os.read(one.log, 1 << 16)
            one.tail += chunk
            del one.tail[:-TAIL_BYTES]
            if not chunk:
                self._forget(one.log)

    def _forget(self, end: socket.socket | int) -> None:
        if end in self.selector.get_map():
            self.selector.unregister(end)

    def _bury(self) -> None:
        """Reap the dead, with all they started, and say how they died."""
        now = time.monotonic()
        for one in list(self.trainers.values()):
            late = one.until is not None and now > one.until
            if not one.ending and (late or (one.pulse and one.pulse.has_stopped(now))):
                one.ending = "timed_out" if late else "hung"
                _kill(one.pid)
            if os.waitid(os.P_PID, one.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            _kill(one.pid)  # before reaping, so that the group's number cannot be another's
            _, status, usage = os.wait4(one.pid, 0)
            del self.trainers[one.pid]
            self._last_words(one, os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024)

    def _last_words(self, one: Trainer, code: int, peak_bytes: int) -> None:
        self._listen(one)
        self._forget(one.connection)
        self._forget(one.log)
        os.close(one.log)
        tail = bytes(one.tail).decode(errors="replace")
        words = {
            "cause": _cause(one, code, tail), "signal": max(0, -code), "tail": tail,
            "peak_bytes": peak_bytes,
        }  # fmt: skip
        _send(one.connection, {"end": words})


def _send(connection: socket.socket, *lines: Json) -> None:
    """Say the last words and hang up; the first newline ends a line torn by a crash."""
    said = b"".join(b"\n" + json.dumps(line).encode() for line in lines) + b"\n"
    with connection, contextlib.suppress(OSError):
        connection.settimeout(ANSWER_S)
        connection.sendall(said)


def _cause(one: Trainer, code: int, tail: str) -> str:
    if one.ending:
        return one.ending
    if code == 0:
        return ""
    killed = code == -signal.SIGKILL and _kernel_kills() > one.kills_before
    return "out_of_memory" if killed or any(s in tail for s in MEMORY_SIGNS) else "crashed"


def _kernel_kills() -> int:
    """Count processes the kernel has killed for want of memory."""
    with Path("/proc/vmstat").open() as lines:
        return next((int(n[9:]) for n in lines if n.startswith("oom_kill ")), 0)


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(group, signal.SIGKILL)  # forked a moment ago, no group of its own yet


def _user_of(connection: socket.socket) -> int:
    sent = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    user: int = struct.unpack("3i", sent)[1]
    return user


def _serve_beside(control: socket.socket) -> None:
    Engine(os.getppid(), Loading(BESIDE, (), quiet_s=0)).serve(control)


def listen(path: Path) -> socket.socket:
    """Open the door, for this user only."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        with address(path) as name:
            listener.bind(name)
    finally:
        os.umask(mask)
    listener.listen(64)
    return listener


def main() -> None:
    """Run the engine as a process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--parent", type=int, default=os.getppid())
    given = parser.parse_args()
    trainer.clean_environment(threads=1)
    engine = Engine(given.parent, Loading(FIRST, LATER, quiet_s=QUIET_S), BESIDE)
    engine.listen(listen(given.socket))
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, _noted)
    try:
        engine.run()
    finally:
        sys.stderr.flush()
        os._exit(0)  # nothing to save, and native libraries are slow and loud at the end


def _end(number: int, frame: FrameType | None) -> None:
    """End at once, also in the middle of an import."""
    del number, frame
    raise SystemExit


def _noted(number: int, frame: FrameType | None) -> None:
    """Let the wakeup socket tell."""
    del number, frame


if __name__ == "__main__":
    main()
