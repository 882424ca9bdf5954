"""Launcher: the light parent of `danlu up`: starts front and conductor, restarts what dies.

It holds the workspace's lock and the listening socket, so that a restarted front answers the
requests that came meanwhile. When it ends, by whatever means, all below it ends.
"""

from __future__ import annotations

import fcntl
import ipaddress
import json
import math
import os
import selectors
import signal
import socket
import sys
import time
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final, TextIO

from danlu.data.durable import write_atomically
from danlu.errors import ConflictError, ForbiddenError, TrainingError
from danlu.execute.usage import Watch
from danlu.up.kin import adopt_orphans, descendants, reap
from danlu.workspace.settings import Settings, load

BACKLOG = 2048
START_S, END_S, KILLED_S = 30.0, 3.0, 1.0
QUIET_S, WAIT_MOST_S = 10.0, 5.0
"""A child that lived QUIET_S starts again at once; otherwise the wait doubles, up to the most."""
SOCKET_FD, READY_FD, LOCK_FD = 3, 4, 5
STOPS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass
class Child:
    """One process the launcher keeps alive."""

    name: str
    command: tuple[str, ...]
    fds: dict[int, int]
    """Number in the child -> number here."""
    pid: int = 0
    began: float = 0.0
    failures: int = 0
    start_at: float = 0.0

    def start(self, now: float) -> None:
        """Start the process in a session of its own."""
        actions = [(os.POSIX_SPAWN_DUP2, ours, theirs) for theirs, ours in self.fds.items()]
        self.pid = os.posix_spawn(
            sys.executable, self.command, os.environ, file_actions=actions, setsid=True
        )
        self.began = now

    def ended(self, now: float) -> float:
        """Note that it ended; return how long until it starts again."""
        self.failures = 0 if now - self.began > QUIET_S else self.failures + 1
        wait = 0.0 if self.failures == 0 else min(WAIT_MOST_S, 0.1 * 2 ** (self.failures - 1))
        self.pid, self.start_at = 0, now + wait
        return wait


@dataclass
class Tree:
    """The running platform: its children and what has been asked of it."""

    children: list[Child]
    out: TextIO
    wakeup: socket.socket
    stopped: list[int] = field(default_factory=list)

    def tend(self, watch: Watch) -> None:
        """Bury and start, and watch what all that takes, until a signal says stop."""
        with selectors.DefaultSelector() as waiting:
            waiting.register(self.wakeup, selectors.EVENT_READ)
            while not self.stopped:
                self.step(time.monotonic())
                watch.tick(time.monotonic())
                if waiting.select(timeout=0.25):
                    self.wakeup.recv(4096)

    def step(self, now: float) -> None:
        """Bury who ended and start who is due."""
        ended = reap()
        for child in self.children:
            if child.pid in ended:
                code, wait = ended[child.pid], child.ended(now)
                say(self.out, f"{child.name} ended ({code}); it starts again in {wait:.1f} s")
        for child in self.children:
            if child.pid == 0 and child.start_at <= now:
                child.start(now)

    def end(self) -> None:
        """End everything below this process: politely, then not."""
        for child in self.children:
            _send(child.pid, signal.SIGTERM)
        self._bury(lambda: any(child.pid for child in self.children), END_S)
        for pid in descendants(os.getpid()):
            _send(pid, signal.SIGKILL)
        self._bury(lambda: bool(descendants(os.getpid())), KILLED_S)

    def _bury(self, go_on: Callable[[], bool], within_s: float) -> None:
        until = time.monotonic() + within_s
        while go_on() and time.monotonic() < until:
            ended = reap()
            for child in self.children:
                child.pid = 0 if child.pid in ended else child.pid
            time.sleep(0.02)


def run(home: Path, *, host: str = "127.0.0.1", port: int = 8420, open_page: bool = False) -> int:
    """Run the platform over the workspace in ``home`` until a signal ends it; returns 0."""
    home = home.absolute()
    os.umask(0o077)
    settings = load(home)
    check_exposure(host, settings)
    (home / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = take_lock(home)
    try:
        with listen(host, port) as listener:
            _run(home, listener, lock, open_page=open_page)
    finally:
        os.close(lock)
    return 0


def take_lock(home: Path) -> int:
    """Hold the workspace for one server; the kernel lets go when the last holder ends."""
    lock = os.open(home / "danlu.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        found = _running(home)
        where = f"{found['url']}, process {found['pid']}" if found else f"folder '{home}'"
        raise ConflictError(
            "this workspace is in use by another Danlu process",
            code="in_use",
            where=where,
            do="Use that one, or end it and start again.",
        ) from error
    return lock


def check_exposure(host: str, settings: Settings) -> None:
    """Refuse to be reachable from other machines by one careless option."""
    if not is_loopback(host) and not settings.behind_proxy:
        raise ForbiddenError(
            f"'{host}' can be reached from other machines",
            code="exposed",
            do="Put a TLS proxy in front, and say so in danlu.toml: behind_proxy = true and "
            'hosts = ["name.of.your.server"].',
            host=host,
        )


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(host: str, port: int) -> socket.socket:
    """Take the port for as long as the platform runs."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ConflictError(
            f"cannot listen on port {port}: {error.strerror or error}",
            code="port_in_use",
            where=host,
            do="End what uses it, or take another with --port (0 = any free one).",
            port=port,
        ) from error
    return listener


def say(out: TextIO, line: str) -> None:
    """Write one line to the terminal at once."""
    with suppress(OSError, ValueError):  # a terminal that is gone must not end the platform
        out.write(f"{line}\n")
        out.flush()


def _run(home: Path, listener: socket.socket, lock: int, *, open_page: bool) -> None:
    adopt_orphans()
    ready_in, ready_out = os.pipe()
    wake_in, wake_out = socket.socketpair()
    wake_in.settimeout(0)
    wake_out.settimeout(0)
    tree = Tree(_children(home, listener.fileno(), ready_out, lock), sys.stdout, wake_in)
    before = _on_signals(tree, wake_out)
    try:
        tree.step(time.monotonic())
        if found := _await_ready(tree, ready_in):
            _announce(home, found, open_page=open_page)
        tree.children[1].start_at = 0.0  # only now: the first answer comes sooner
        tree.tend(Watch(home))
    finally:
        tree.end()
        _off_signals(before)
        (home / "run" / "server.json").unlink(missing_ok=True)
        for end in (wake_in, wake_out):
            end.close()
        for number in {ready_in, ready_out, *(fd for c in tree.children for fd in c.fds.values())}:
            os.close(number)


def _children(home: Path, listener: int, ready: int, lock: int) -> list[Child]:
    """Say how front and conductor are started, and which of our files they inherit."""
    python = (sys.executable, "-m")
    parent = ("--home", str(home), "--parent", str(os.getpid()))
    numbers = ("--socket", str(SOCKET_FD), "--ready", str(READY_FD))
    front = Child(
        "front",
        (*python, "danlu.up.front", *parent, *numbers),
        {SOCKET_FD: _high(listener), READY_FD: _high(ready), LOCK_FD: _high(lock)},
    )
    conductor = Child(
        "conductor",
        (*python, "danlu.up.conductor", *parent),
        {LOCK_FD: _high(lock)},
        start_at=math.inf,
    )
    return [front, conductor]


def _high(number: int) -> int:
    """Duplicate a file above the numbers that the children use."""
    return fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 10)


def _await_ready(tree: Tree, ready: int) -> dict[str, str]:
    """Wait for the front's first word, ``{"url", "login"}``; {} when told to stop before it."""
    until, front = time.monotonic() + START_S, tree.children[0]
    said = b""
    with selectors.DefaultSelector() as waiting:
        waiting.register(ready, selectors.EVENT_READ)
        waiting.register(tree.wakeup, selectors.EVENT_READ)
        while not tree.stopped and not said.endswith(b"\n"):
            chosen = {key.fd for key, _ in waiting.select(timeout=0.25)}
            if ready in chosen:
                said += os.read(ready, 4096)
                continue
            if tree.wakeup.fileno() in chosen:
                tree.wakeup.recv(4096)
            if front.pid in reap() or time.monotonic() > until:
                front.pid = 0
                raise TrainingError(
                    "the front did not start",
                    code="front_failed",
                    do="Its last lines above say why.",
                )
    if not said:
        return {}
    found: dict[str, str] = json.loads(said)
    return found


def _announce(home: Path, found: dict[str, str], *, open_page: bool) -> None:
    """Leave word for the commands, and show the person where to go."""
    about = {"url": found["url"], "pid": os.getpid()}
    write_atomically(home / "run" / "server.json", json.dumps(about).encode())
    say(sys.stdout, f"Danlu runs at {found['url']}  (Ctrl-C ends it)")
    say(sys.stdout, f"Log in once with {found['login']}")
    if open_page:
        webbrowser.open(found["login"])


def _on_signals(tree: Tree, wakeup: socket.socket) -> dict[signal.Signals, object]:
    """Let signals wake the tree; returns what was set before."""

    def note(number: int, _: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            tree.stopped.append(number)

    signal.set_wakeup_fd(wakeup.fileno(), warn_on_full_buffer=False)
    return {s: signal.signal(s, note) for s in (*STOPS, signal.SIGCHLD)}


def _off_signals(before: dict[signal.Signals, object]) -> None:
    signal.set_wakeup_fd(-1)
    for number, action in before.items():
        signal.signal(number, action)  # type: ignore[arg-type]  # what signal() itself returned


def _send(pid: int, number: signal.Signals) -> None:
    if pid:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _running(home: Path) -> dict[str, object] | None:
    """Return what the server of this workspace wrote about itself."""
    try:
        found: dict[str, object] = json.loads((home / "run" / "server.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found
