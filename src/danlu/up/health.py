"""Health: what the front says of itself: ready or not, and its figures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector
from starlette.concurrency import run_in_threadpool

from danlu.errors import DanluError
from danlu.execute.local import EngineClient
from danlu.serve.ids import Ids
from danlu.serve.log import Log
from danlu.serve.log_reader import LogReader
from danlu.serve.predictions import Predictions, Target
from danlu.serve.wire import ANSWERED
from danlu.store.records import Json
from danlu.up.rollout import Rollout

FRESH_S, PROBE_S = 0.5, 2.0
BUCKETS: Final = (
    0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
)  # fmt: skip


class Readiness:
    """Asks the engine and every live deployment; an answer is good for half a second."""

    def __init__(self, engine: EngineClient, rollout: Rollout) -> None:
        self.engine, self.rollout = engine, rollout
        self._asking = asyncio.Lock()
        self._found: Json = {}
        self._at = -FRESH_S

    async def __call__(self) -> Json:
        """Return ``{"ready", "engine", "deployments": [{"name", "ready", ...}]}``."""
        async with self._asking:
            if time.monotonic() - self._at > FRESH_S:
                self._found, self._at = await self._ask(), time.monotonic()
            return self._found

    async def _ask(self) -> Json:
        predictions = self.rollout.predictions
        warm = run_in_threadpool(self.engine.warm)
        live = [self._deployment(target) for target in predictions.targets()]
        engine, *deployments = await asyncio.gather(_within(warm), *live)
        failing = [
            {"project": project, "name": name, "ready": False, "cause": error.problem()}
            for (project, name), error in self.rollout.failing.items()
        ]
        log = predictions.log
        found: Json = {
            "engine": bool(engine),
            "deployments": [*deployments, *failing],
            "log": str(log.failure) if log is not None and log.failure else "",
            "store": self.rollout.store.broken(),
        }
        well = all(d["ready"] for d in found["deployments"])
        return {"ready": bool(engine) and well and not found["log"] and not found["store"], **found}

    async def _deployment(self, target: Target) -> Json:
        """Ask for one real prediction; it is not logged."""
        about = {"project": target.project, "name": target.deployment, "model": target.live}
        began = time.perf_counter()
        try:
            predictor = self.rollout.predictions.pool[target.project, target.live]
            body = self.rollout.probes[target.project, target.deployment]
            asked = predictor.ask(Ids().prefix(time.time()), policy=b"{}", body=body)
            reply = await asyncio.wait_for(asked, PROBE_S)
        except (DanluError, TimeoutError, KeyError) as error:
            return {**about, "ready": False, "cause": str(error), **self._last_words(target)}
        taken = round((time.perf_counter() - began) * 1000, 2)
        return {**about, "ready": reply.status == ANSWERED, "latency_ms": taken}

    def _last_words(self, target: Target) -> Json:
        pool, key = self.rollout.predictions.pool, (target.project, target.live)
        return {"tail": pool[key].last_words} if key in pool else {}


class Figures:
    """Counts and times what goes through the hot path."""

    def __init__(self, predictions: Predictions, log: Log) -> None:
        self.predictions, self.log = predictions, log
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        names = ("project", "deployment")
        self._seconds = Histogram(
            "danlu_predict_seconds", "Time of one predict request, log included", names,
            buckets=BUCKETS, registry=self.registry,
        )  # fmt: skip
        self._refused = Counter(
            "danlu_refused", "Requests answered with an error", (*names, "code"),
            registry=self.registry,
        )  # fmt: skip
        self._rows = Gauge(
            "danlu_log_rows", "Rows in the log", (*names, "of"), registry=self.registry
        )
        self._pool = Gauge(
            "danlu_predictor", "State of each predictor", ("project", "model", "of"),
            registry=self.registry,
        )  # fmt: skip
        self._failed = Gauge("danlu_log_failed", "1 = nothing is accepted", registry=self.registry)
        self._pending = Gauge(
            "danlu_log_pending_bytes", "Taken, not yet on the disk", registry=self.registry
        )

    async def predict(self, project: str, deployment: str, body: bytes) -> bytes:
        """Answer rows, timed."""
        return await self._timed(self.predictions.predict, project, deployment, body)

    async def feedback(self, project: str, deployment: str, body: bytes) -> bytes:
        """Take feedback, counted when refused."""
        try:
            return await self.predictions.feedback(project, deployment, body)
        except DanluError as error:
            self._refused.labels(project, deployment[:128], error.code).inc()
            raise

    async def text(self) -> str:
        """Return the figures in Prometheus' text form."""
        for status in self.predictions.pool.status():
            for of in ("ready", "restarts", "waiting"):
                labels = (status["project"], status["model"], of)
                self._pool.labels(*labels).set(float(status[of]))
        self._failed.set(self.log.failure is not None)
        self._pending.set(self.log.pending_bytes)
        await run_in_threadpool(self._count)
        return generate_latest(self.registry).decode()

    def _count(self) -> None:
        for target in self.predictions.targets():
            counts = LogReader(self.log.path, project=target.project).counts(target.deployment)
            for of in ("predictions", "feedback"):
                self._rows.labels(target.project, target.deployment, of).set(counts[of])

    async def _timed(
        self,
        answer: Callable[[str, str, bytes], Awaitable[bytes]],
        project: str,
        deployment: str,
        body: bytes,
    ) -> bytes:
        began = time.perf_counter()
        try:
            found = await answer(project, deployment, body)
        except DanluError as error:
            known = "" if error.status == 404 else deployment  # no label per guess
            self._refused.labels(project, known, error.code).inc()
            raise
        self._seconds.labels(project, deployment).observe(time.perf_counter() - began)
        return found


async def _within(asked: Awaitable[bool]) -> bool:
    try:
        return await asyncio.wait_for(asked, PROBE_S)
    except TimeoutError:
        return False
