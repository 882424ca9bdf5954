"""Crew: calls under way, at most as many as the executor has slots; what they say is one stream."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from danlu.errors import DanluError, TrainingError
from danlu.execute.base import Call, Executor, Handle

Json = dict[str, Any]
WAIT_S = 0.1
TRIES_KILLED, TRIES_CRASHED = 10, 2
SIGKILL = 9


def may_work_again(error: DanluError, tries: int) -> bool:
    """Tell whether a call that failed ``tries`` times is worth another go.

    Somebody killed it, or its engine: yes. It crashed by itself (a segmentation fault) or hung:
    once more. An exception would only come again.
    """
    signal = error.values.get("signal", 0)
    if error.code == "lost" or (error.code == "crashed" and signal == SIGKILL):
        return tries < TRIES_KILLED
    by_itself = error.code == "hung" or (error.code == "crashed" and signal != 0)
    return by_itself and tries < TRIES_CRASHED


@dataclass(frozen=True)
class Said:
    """An event of a call, or (``future``) its end."""

    key: str
    event: Json | None = None
    future: Future[Json] | None = None

    def result(self) -> Json:
        """Return what the call returned, or raise what it raised."""
        assert self.future is not None
        return self.future.result()


class Crew:
    """Starts calls and hands on what they say; threads only wait on sockets."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._pool = ThreadPoolExecutor(executor.slots, thread_name_prefix="crew")
        self._said: queue.SimpleQueue[Said] = queue.SimpleQueue()
        self._running: dict[str, Handle] = {}

    @property
    def free(self) -> int:
        """Slots nothing runs in."""
        return self._executor.slots - len(self._running)

    @property
    def busy(self) -> frozenset[str]:
        """Keys of the calls under way."""
        return frozenset(self._running)

    def start(self, key: str, call: Call) -> None:
        """Start a call; everything it says carries ``key``."""
        handle = self._executor.submit(call, lambda event: self._said.put(Said(key, event=event)))
        self._running[key] = handle
        self._pool.submit(handle.wait).add_done_callback(
            lambda future: self._said.put(Said(key, future=future))
        )

    def heard(self, timeout_s: float = WAIT_S) -> Iterator[Said]:
        """Yield what has been said, waiting a little for the first word."""
        try:
            said = self._said.get(timeout=timeout_s)
            while True:
                if said.future is not None:
                    self._running.pop(said.key, None)
                yield said
                said = self._said.get_nowait()
        except queue.Empty:
            return

    def do(self, call: Call, *, hear: Callable[[Said], None], check: Callable[[], None]) -> Json:
        """Run one call to its end, again if it was killed; ``check`` may raise to end it.

        What others say meanwhile goes to ``hear``.
        """
        tries = 0
        while True:
            self.start(call.run, call)
            try:
                return self._end_of(call.run, hear, check)
            except TrainingError as error:
                tries += 1
                if not may_work_again(error, tries):
                    raise

    def close(self) -> None:
        """Cancel what still runs and wait until it is gone."""
        for handle in self._running.values():
            handle.cancel()
        self._pool.shutdown(wait=True)
        self._running.clear()

    def _end_of(self, key: str, hear: Callable[[Said], None], check: Callable[[], None]) -> Json:
        end: Said | None = None
        while end is None:
            check()
            for said in self.heard():
                if said.key != key:
                    hear(said)
                elif said.future is not None:
                    end = said
        return end.result()
