"""Answering: predictions and feedback in place, by the same code as a server's, logged the same."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import msgspec
import numpy as np

from danlu.errors import ConflictError, error_of
from danlu.serve.batch import Batch
from danlu.serve.bundle import Bundle
from danlu.serve.ids import Ids
from danlu.serve.log import Entry, Log
from danlu.serve.log_feedback import read_feedback
from danlu.serve.policy import Policy
from danlu.serve.runtime import Runtime
from danlu.serve.wire import PROBLEM, Ask, Reply
from danlu.store.records import Deployment, Json


class Answering:
    """Open models and the log's one writer, for a process that holds the workspace's lock."""

    def __init__(self, path: Path) -> None:
        self._path, self._log = path, None
        self._models: dict[Path, Batch] = {}
        self._ids, self._guard = Ids(), threading.Lock()

    _log: Log | None

    def predict(self, deployment: Deployment, folder: Path, rows: list[Json]) -> Json:
        """Answer rows with the live model; the answer is on the disk before it is returned."""
        if deployment.live is None:
            raise ConflictError(
                "nothing is live yet", where=f"deployment '{deployment.name}'", do="Deploy a model."
            )
        policy = Policy.model_validate(deployment.policy).model_dump_json().encode()
        at_us = time.time_ns() // 1000
        body = msgspec.json.encode({"rows": rows})
        ask = Ask(0, self._ids.prefix(at_us / 1e6), policy, body)
        with self._guard:
            (reply,) = self._model(folder, deployment.live).answer([ask])
        entry = _entry(deployment, at_us, ask.prefix, reply)
        if reply.status == PROBLEM:
            error = error_of(msgspec.json.decode(reply.response))
            self._writer().write(entry.seen()._replace(refused=error.code))
            raise error
        self._writer().write(entry.seen() if deployment.durability == "off" else entry)
        answer: Json = msgspec.json.decode(reply.response)
        return answer

    def feedback(self, deployment: Deployment, rows: list[Json]) -> Json:
        """Take what really happened; say what became of it, once on the disk."""
        body = msgspec.json.encode({"rows": rows})
        batch = read_feedback(
            deployment.project, deployment.name, at_us=time.time_ns() // 1000, body=body
        )
        counts: Json = msgspec.to_builtins(self._writer().write(batch))
        return counts

    def close(self) -> None:
        """Write what is queued and let go of the models."""
        with self._guard:
            if self._log is not None:
                self._log.close()
            self._log, self._models = None, {}

    def _model(self, folder: Path, ref: str) -> Batch:
        known = self._models.get(folder)
        if known is None:
            runtime = Runtime(Bundle.open(folder))
            known = Batch(runtime, model=ref, rng=np.random.default_rng())
            self._models = {**self._models, folder: known}
        return known

    def _writer(self) -> Log:
        with self._guard:
            if self._log is None:
                self._log = Log(self._path)
            return self._log


def _entry(deployment: Deployment, at_us: int, prefix: str, reply: Reply) -> Entry:
    latency_us = max(time.time_ns() // 1000 - at_us, 0)
    return Entry(
        deployment.project, deployment.name, str(deployment.live), prefix, at_us, latency_us,
        reply.rows, reply.warned, reply.explored, reply.log,
    )  # fmt: skip
