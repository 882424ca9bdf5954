"""Predictions: the hot path of the front: raw body in, durable answer out; and the flip."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

from danlu.errors import DanluError, NotFoundError, TooLargeError, error_of, nearest
from danlu.params import Params
from danlu.serve.decoder import Decoder
from danlu.serve.ids import Ids
from danlu.serve.log import Entry, Log
from danlu.serve.log_feedback import FeedbackCounts, read_feedback
from danlu.serve.log_traffic import Seen
from danlu.serve.policy import Policy
from danlu.serve.pool import Key, Pool
from danlu.serve.wire import PROBLEM, Reply

LARGEST_BODY_BYTES = 10_000_000
LARGEST_SHADOWS = 64
"""Shadow requests under way at once; more are skipped, for they must not slow the live ones."""


class Target(Params):
    """Where the requests of one deployment go: the fields of its record that serving needs."""

    project: str = "default"
    deployment: str
    live: str
    """Reference of the model that answers, like `bikes@3`."""
    challenger: str | None = None
    share: float = 0.0
    """Of traffic the challenger answers, sticky by key; 0 with a challenger = shadow."""
    policy: Policy = Policy()
    durability: Literal["full", "relaxed", "off"] = "full"

    def models(self) -> tuple[Key, ...]:
        """Return the pool's keys of the models in use."""
        names = [self.live] if self.challenger is None else [self.live, self.challenger]
        return tuple((self.project, name) for name in names)


class _Keyed(msgspec.Struct):
    key: str | None = None


@dataclass(eq=False)
class _Route:
    """A target with what is under way on it."""

    target: Target
    policy: bytes
    busy: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self) -> None:
        """Count one more request under way."""
        self.busy += 1

    def end(self) -> None:
        """Count it out."""
        self.busy -= 1
        if not self.busy:
            self.idle.set()


class Predictions:
    """Answers predict and feedback requests of every deployment of a front."""

    def __init__(self, pool: Pool, log: Log | None) -> None:
        self.pool, self.log = pool, log
        self._ids = Ids()
        self._routes: dict[tuple[str, str], _Route] = {}
        self._claimed: Counter[Key] = Counter()
        self._shadows: set[asyncio.Task[None]] = set()
        self.shadows_skipped = 0

    async def predict(self, project: str, deployment: str, body: bytes) -> bytes:
        """Answer ``{"rows": [...], "key"?}`` with JSON; what was logged before is on the disk."""
        route, began_us = self._route(project, deployment), time.time_ns() // 1000
        route.begin()
        try:
            return await self._predict(route, body)
        except DanluError as error:
            self._count(_seen(route.target, route.target.live, at_us=began_us, refused=error.code))
            raise
        finally:
            route.end()

    async def feedback(self, project: str, deployment: str, body: bytes) -> bytes:
        """Take ``{"rows": [{"id", "truth"}]}``; answer what became of it, once on the disk."""
        self._route(project, deployment)
        if self.log is None:
            raise NotFoundError(
                "there is no prediction log here", code="log_missing",
                where=f"deployment '{deployment}'", do="Start it with a log to give feedback.",
            )  # fmt: skip
        if len(body) > LARGEST_BODY_BYTES:
            raise _too_large(len(body))
        batch = read_feedback(project, deployment, at_us=time.time_ns() // 1000, body=body)
        future = asyncio.get_running_loop().create_future()
        self.log.submit(batch, future)
        counts: FeedbackCounts = await future
        return msgspec.json.encode(counts)

    async def flip(self, target: Target, folders: dict[str, Path]) -> dict[str, Any]:
        """Let ``target`` answer from now on; ``folders`` holds the bundle of each of its models.

        Starts what is missing (a refusal raises `BundleError` and changes nothing), turns the
        pointer, waits until nothing is under way on the old one, and ends what nobody uses.
        When this returns, no answer comes from the old version. Returns the live model's report.
        """
        keys = target.models()
        self._claimed.update(keys)
        try:
            for key in keys:
                await self.pool.start(key, folders[key[1]])
            report = self.pool[keys[0]].report
            target.policy.check(Decoder.model_validate(report["decoder"]))
            name = (target.project, target.deployment)
            old = self._routes.get(name)
            policy = target.policy.model_dump_json(exclude_defaults=True).encode()
            self._routes[name] = _Route(target, policy)
        finally:
            self._claimed.subtract(keys)
            await self._end_unused(keys)
        if old is not None:
            await self._retire(old)
        return report

    async def forget(self, project: str, deployment: str) -> None:
        """Take a deployment away."""
        old = self._routes.pop((project, deployment), None)
        if old is not None:
            await self._retire(old)

    def targets(self) -> list[Target]:
        """List what is live."""
        return [route.target for route in self._routes.values()]

    def ready(self) -> bool:
        """Say whether every live model has a process that answered its golden rows."""
        return all(
            key in self.pool and self.pool[key].ready
            for target in self.targets()
            for key in target.models()
        )

    async def close(self) -> None:
        """End the predictors; the log is its owner's to close."""
        for task in self._shadows:
            task.cancel()
        await self.pool.close()

    async def _predict(self, route: _Route, body: bytes) -> bytes:
        if len(body) > LARGEST_BODY_BYTES:
            raise _too_large(len(body))
        target = route.target
        now_us = time.time_ns() // 1000
        prefix = self._ids.prefix(now_us / 1e6)
        model = target.live
        if target.challenger is not None and target.share > 0 and _chosen(body, target.share):
            model = target.challenger
        reply = await self._ask(route, model, prefix=prefix, body=body)
        if target.challenger is not None and target.share == 0:
            self._spawn(route, self._shadow(route, prefix=prefix, arrived_us=now_us, body=body))
        if target.durability != "off" and self.log is not None:
            entry = _entry(target, model, prefix=prefix, at_us=now_us, reply=reply)
            if target.durability == "full":
                future = asyncio.get_running_loop().create_future()
                self.log.submit(entry, future)
                await future
            else:
                self.log.submit(entry)
        else:
            self._count(_seen(target, model, at_us=now_us, reply=reply))
        return reply.response

    def _count(self, seen: Seen) -> None:
        """Count a request that leaves no prediction; that it cannot be counted stops nobody."""
        if self.log is not None:
            with contextlib.suppress(DanluError):
                self.log.submit(seen)

    async def _ask(self, route: _Route, model: str, *, prefix: str, body: bytes) -> Reply:
        predictor = self.pool[route.target.project, model]
        reply = await predictor.ask(prefix, policy=route.policy, body=body)
        if reply.status == PROBLEM:
            raise error_of(msgspec.json.decode(reply.response))
        return reply

    async def _shadow(self, route: _Route, *, prefix: str, arrived_us: int, body: bytes) -> None:
        """Ask the challenger as well; its answer goes to the log only, its failure nowhere."""
        target = route.target
        assert target.challenger is not None
        try:
            reply = await self._ask(route, target.challenger, prefix=prefix, body=body)
            if self.log is not None:
                entry = _entry(
                    target, target.challenger, prefix=prefix, at_us=arrived_us, reply=reply
                )
                self.log.submit(entry._replace(shadow=True))
        except DanluError as error:
            self.shadows_skipped += 1
            seen = _seen(target, target.challenger, at_us=arrived_us, refused=error.code)
            self._count(seen._replace(shadow=True))

    def _spawn(self, route: _Route, shadow: Coroutine[Any, Any, None]) -> None:
        if len(self._shadows) >= LARGEST_SHADOWS:
            self.shadows_skipped += 1
            shadow.close()
            return
        task = asyncio.get_running_loop().create_task(shadow)
        self._shadows.add(task)
        route.begin()

        def over(task: asyncio.Task[None]) -> None:
            self._shadows.discard(task)
            route.end()

        task.add_done_callback(over)

    async def _retire(self, old: _Route) -> None:
        """Wait for what is under way on a route that is out, then end the models nobody uses."""
        while old.busy:
            old.idle.clear()
            await old.idle.wait()
        # The last answers are with the server's tasks, not yet with the socket: let those run.
        await asyncio.sleep(0)
        await self._end_unused(old.target.models())

    async def _end_unused(self, keys: Sequence[Key]) -> None:
        """End those models that no deployment uses, nor is about to."""
        used = {key for target in self.targets() for key in target.models()}
        for key in keys:
            if key not in used and not self._claimed[key]:
                await self.pool.drain(key)

    def _route(self, project: str, deployment: str) -> _Route:
        route = self._routes.get((project, deployment))
        if route is None:
            known = [name for owner, name in self._routes if owner == project]
            raise NotFoundError(
                f"no deployment '{deployment}' is live", code="deployment_missing",
                where="deployments", do=nearest(deployment, known) or "Deploy a model first.",
            )  # fmt: skip
        return route


def _chosen(body: bytes, share: float) -> bool:
    """Say whether the challenger answers: the same key (else the same body) always goes one way."""
    try:
        key = msgspec.json.decode(body, type=_Keyed).key
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False  # the live model will say what is wrong with it
    content = body if key is None else key.encode()
    digest = hashlib.blake2b(content, digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2**64


def _seen(
    target: Target, model: str, *, at_us: int, reply: Reply | None = None, refused: str = ""
) -> Seen:
    latency_us = max(time.time_ns() // 1000 - at_us, 0)
    rows, warned = (reply.rows, reply.warned) if reply else (0, 0)
    return Seen(target.project, target.deployment, model, at_us, latency_us, rows, warned, refused)


def _entry(target: Target, model: str, *, prefix: str, at_us: int, reply: Reply) -> Entry:
    latency_us = max(time.time_ns() // 1000 - at_us, 0)
    return Entry(
        target.project, target.deployment, model, prefix, at_us, latency_us,
        reply.rows, reply.warned, reply.explored, reply.log,
    )  # fmt: skip


def _too_large(size: int) -> TooLargeError:
    return TooLargeError(
        f"the body has {size} bytes, the limit is {LARGEST_BODY_BYTES}", code="body_too_large",
        where="body", do="Send the rows in several requests.",
    )  # fmt: skip
