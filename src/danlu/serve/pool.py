"""Pool: one predictor process per live model; supervised, bounded, replaced without loss."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from danlu.errors import BundleError, BusyError
from danlu.serve.link import Link
from danlu.serve.wire import HELLO, Ask, Reply

TICK_S = 0.1
FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 0.05, 5.0
ATTEMPTS = 2

Key = tuple[str, str]
"""Project and model reference, like ("default", "bikes@3")."""


@dataclass(frozen=True)
class Limits:
    """How much a pool takes on, and how long it waits."""

    requests: int = 1024
    """Requests of one model that may wait or be under way; the next gets 503."""
    bytes: int = 256 << 20
    """The same in bytes of their bodies."""
    deadline_s: float = 10.0
    """After this a request is answered with 503, wherever it is."""
    hang_s: float = 1.0
    """A process with work that says nothing for this long is replaced, if it does not compute."""
    starved_s: float = 20.0
    """The same if it computes: it may only lack processor time."""
    start_s: float = 60.0
    """A process that has not opened its model by then never will."""
    threads: int = 1
    """Threads of one predictor inside ONNX Runtime."""


@dataclass
class _Waiting:
    """A request under way."""

    ask: Ask
    future: asyncio.Future[Reply]
    since: float = field(default_factory=time.monotonic)
    attempts: int = 0


class Predictor:
    """A model that answers: its process, and every request that waits for it."""

    def __init__(self, folder: Path, *, model: str, limits: Limits) -> None:
        self.folder, self.model, self.limits = folder, model, limits
        self.report: dict[str, Any] = {}
        self.restarts = 0
        self.last_words = ""
        """End of what its last dead process wrote to standard error."""
        self._link: Link | None = None
        self._hello: asyncio.Future[dict[str, Any]] | None = None
        self._waiting: dict[int, _Waiting] = {}
        self._unsent: deque[int] = deque()
        self._ready = self._closing = False
        self._bytes = self._number = 0
        self._backoff_s = FIRST_BACKOFF_S
        self._restart: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether the process has answered its golden rows and lives."""
        return self._ready

    @property
    def waiting(self) -> int:
        """Requests taken and not answered."""
        return len(self._waiting)

    @property
    def process_id(self) -> int | None:
        """Of the process that serves now."""
        process = self._link.process if self._link else None
        return process.pid if process else None

    async def start(self) -> dict[str, Any]:
        """Start a process and wait for its report; a refusal raises `BundleError`."""
        self._hello = asyncio.get_running_loop().create_future()
        self._link = Link(replied=self._replied, ended=self._ended)
        await self._link.start(self.folder, model=self.model, threads=self.limits.threads)
        try:
            report = await asyncio.wait_for(self._hello, self.limits.start_s)
        except TimeoutError:
            report = {"passed": False, "checks": []}
        if not report["passed"]:
            self._link.kill()
            await self._link.reap()
            self.last_words = self._link.last_words()
            raise _refused(self.model, report, self.last_words)
        self.report, self._ready, self._backoff_s = report, True, FIRST_BACKOFF_S
        self._flush()
        return report

    def ask(self, prefix: str, *, policy: bytes, body: bytes) -> asyncio.Future[Reply]:
        """Queue one request; its reply comes through the future."""
        if len(self._waiting) >= self.limits.requests or self._bytes > self.limits.bytes:
            raise _busy(self.model, f"{len(self._waiting)} requests are waiting", "queue_full")
        self._number = number = (self._number + 1) & 0xFFFFFFFF
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        waiting = _Waiting(Ask(number, prefix, policy, body), future)
        self._waiting[number] = waiting
        self._bytes += len(body)
        if self._ready:
            self._send(waiting)
        else:
            self._unsent.append(number)
        return future

    async def drain(self) -> None:
        """Let what is under way end, then end the process."""
        ends = time.monotonic() + self.limits.deadline_s
        while self._waiting and time.monotonic() < ends:
            await asyncio.sleep(0.005)
        await self.close()

    async def close(self) -> None:
        """End the process now; whoever still waits gets 503."""
        self._closing, self._ready = True, False
        if self._restart is not None:
            self._restart.cancel()
        for number in list(self._waiting):
            self._fail(number, _busy(self.model, "the server is stopping", "stopping"))
        if self._link is not None:
            self._link.close()
            await self._link.reap()

    def tick(self, now: float) -> None:
        """Give up on requests past their deadline, and on a process that hangs."""
        for number, waiting in list(self._waiting.items()):
            if now - waiting.since > self.limits.deadline_s:
                late = f"no answer within {self.limits.deadline_s:g} s"
                self._fail(number, _busy(self.model, late, "deadline"))
        sent = [w.since for w in self._waiting.values() if w.attempts]
        if self._ready and self._link and sent:
            silent = now - max(self._link.heard_at, min(sent))
            if silent > self.limits.hang_s and (
                silent > self.limits.starved_s or self._link.stuck()
            ):
                self._link.kill()

    def _send(self, waiting: _Waiting) -> None:
        assert self._link is not None
        waiting.attempts += 1
        self._link.send(waiting.ask.frame())

    def _flush(self) -> None:
        """Send what came while no process was ready."""
        while self._unsent:
            waiting = self._waiting.get(self._unsent.popleft())
            if waiting is not None:
                self._send(waiting)

    def _replied(self, link: Link, reply: Reply) -> None:
        if link is not self._link:
            return
        if reply.status == HELLO:
            if self._hello is not None and not self._hello.done():
                self._hello.set_result(msgspec.json.decode(reply.response))
            return
        waiting = self._forget(reply.number)
        if waiting is not None and not waiting.future.done():
            waiting.future.set_result(reply)

    def _ended(self, link: Link) -> None:
        """Answer the death of the process: a new one, and its requests once more."""
        if link is not self._link or self._closing:
            return
        was_ready, self._ready = self._ready, False
        if self._hello is not None and not self._hello.done():
            self._hello.set_result({"passed": False, "checks": []})
        if not was_ready:
            return
        link.kill()
        self.last_words = link.last_words()
        for number, waiting in list(self._waiting.items()):
            if waiting.attempts >= ATTEMPTS:
                self._fail(number, _busy(self.model, "its process died twice", "predictor_lost"))
            elif waiting.attempts:
                self._unsent.append(number)
        self._restart = asyncio.get_running_loop().create_task(self._replace(link))

    async def _replace(self, dead: Link) -> None:
        """Start processes, ever more patiently, until one is ready."""
        while not self._closing:
            self.restarts += 1
            try:
                await self.start()
            except BundleError:
                await asyncio.sleep(self._backoff_s)
                self._backoff_s = min(self._backoff_s * 2, LONGEST_BACKOFF_S)
            else:
                break
        await dead.reap()

    def _fail(self, number: int, error: BusyError) -> None:
        waiting = self._forget(number)
        if waiting is not None and not waiting.future.done():
            waiting.future.set_exception(error)

    def _forget(self, number: int) -> _Waiting | None:
        waiting = self._waiting.pop(number, None)
        if waiting is not None:
            self._bytes -= len(waiting.ask.body)
        return waiting


class Pool:
    """The predictors of one front, by model."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._predictors: dict[Key, Predictor] = {}
        self._starting: dict[Key, asyncio.Lock] = {}
        self._watch: asyncio.Task[None] | None = None

    def __contains__(self, key: Key) -> bool:
        return key in self._predictors

    def __getitem__(self, key: Key) -> Predictor:
        return self._predictors[key]

    async def start(self, key: Key, folder: Path) -> dict[str, Any]:
        """Start a model's predictor; returns its golden report, or raises `BundleError`."""
        async with self._starting.setdefault(key, asyncio.Lock()):
            known = self._predictors.get(key)
            if known is not None:
                return known.report
            predictor = Predictor(folder, model=key[1], limits=self.limits)
            report = await predictor.start()
            self._predictors[key] = predictor
        if self._watch is None:
            self._watch = asyncio.get_running_loop().create_task(self._supervise())
        return report

    async def drain(self, key: Key) -> None:
        """Take a model out: no new request reaches it, those under way end first."""
        predictor = self._predictors.pop(key, None)
        self._starting.pop(key, None)
        if predictor is not None:
            await predictor.drain()

    async def close(self) -> None:
        """End every predictor."""
        if self._watch is not None:
            self._watch.cancel()
        predictors, self._predictors = list(self._predictors.values()), {}
        await asyncio.gather(*(p.close() for p in predictors))

    def status(self) -> list[dict[str, Any]]:
        """Say for each model whether it is ready, its process, restarts and waiting requests."""
        return [
            {
                "project": project, "model": model, "ready": p.ready, "pid": p.process_id,
                "restarts": p.restarts, "waiting": p.waiting,
            }
            for (project, model), p in self._predictors.items()
        ]  # fmt: skip

    async def _supervise(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            for predictor in self._predictors.values():
                predictor.tick(now)


def _refused(model: str, report: dict[str, Any], last_words: str) -> BundleError:
    failed = [c["detail"] for c in report["checks"] if not c["passed"]]
    why = "; ".join(failed) or "its process ended before it answered"
    return BundleError(
        f"'{model}' is not fit to serve: {why}",
        code="golden_failed" if failed else "predictor_died",
        where=f"model '{model}'",
        do="What served before goes on. Look at the report, train or pack again.",
        model=model,
        report=report,
        tail=last_words,
    )


def _busy(model: str, why: str, code: str) -> BusyError:
    return BusyError(
        f"'{model}' cannot answer now: {why}",
        code=code,
        where=f"model '{model}'",
        do="Try again in a second.",
        retry_after_s=1,
    )
