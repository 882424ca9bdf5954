"""Predictor: the process of one live model; answers frames on an inherited socket until it closes.

It never waits for company: whatever has arrived is answered together, and what arrives meanwhile
is the next batch.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import os
import resource
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from danlu.errors import DanluError
from danlu.serve.batch import Batch
from danlu.serve.bundle import Bundle
from danlu.serve.gate import check, failed
from danlu.serve.judge import check_golden
from danlu.serve.memory import peak_mb
from danlu.serve.runtime import Runtime
from danlu.serve.wire import ALIVE, HELLO, Ask, Frames, Reply

READ_BYTES = 1 << 18
TOGETHER = 256
"""Requests answered in one model run, at most."""
SET_PARENT_DEATH_SIGNAL = 1  # prctl(2)
OOM_SCORE = "600"  # the kernel's victim, before the front


def serve(connection: socket.socket, batch: Batch) -> None:
    """Answer everything that comes through ``connection`` until the other side closes it."""
    frames = Frames()
    while data := connection.recv(READ_BYTES):
        asks = [Ask.parse(frame) for frame in frames.feed(data)]
        while len(asks) < TOGETHER and (more := _waiting(connection)):
            asks += [Ask.parse(frame) for frame in frames.feed(more)]
        for start in range(0, len(asks), TOGETHER):
            replies = batch.answer(asks[start : start + TOGETHER])
            connection.sendall(b"".join([reply.frame() for reply in replies]))


def _waiting(connection: socket.socket) -> bytes:
    """Return what has already arrived, without waiting for more."""
    try:
        return connection.recv(READ_BYTES, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return b""


def open_model(folder: Path, threads: int) -> tuple[Runtime | None, dict[str, Any]]:
    """Open the bundle and compare its golden rows; the report says what was found."""
    try:
        runtime = Runtime(Bundle.open(folder), threads=threads)
    except DanluError as error:
        report = {"passed": False, "checks": [failed("opens", error)]}
        return None, {**report, "problem": error.problem()}
    checks = [check("opens", passed=True, detail="hashes match, the model loads")]
    checks.append(check_golden(runtime))
    return runtime, {
        "passed": all(c["passed"] for c in checks),
        "checks": checks,
        "decoder": runtime.bundle.decoder.model_dump(mode="json"),
        "memory_mb": round(peak_mb(), 1),
    }


def bind_to_parent() -> None:
    """End with the front, leave Ctrl-C to it, and be the first to go when memory runs out."""
    ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Path("/proc/self/oom_score_adj").write_text(OOM_SCORE)


def main(arguments: Sequence[str]) -> int:
    """Run a predictor as the pool starts it."""
    parser = argparse.ArgumentParser(prog="python -m danlu.serve.predictor", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fd", type=int, required=True, help="number of the inherited socket")
    parser.add_argument("--parent", type=int, required=True, help="process id of the front")
    parser.add_argument("--model", required=True, help="reference named in every answer")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args(arguments)
    bind_to_parent()
    if os.getppid() != given.parent:  # it died before the death signal was set
        return 1
    with (
        socket.socket(fileno=given.fd) as connection,
        contextlib.suppress(BrokenPipeError, ConnectionResetError),  # the front has hung up
    ):
        runtime, report = open_model(given.folder, given.threads)
        connection.sendall(Reply(0, HELLO, msgspec.json.encode(report, enc_hook=str)).frame())
        if runtime is None or not report["passed"]:
            return 1
        alive = Reply(0, ALIVE).frame()
        batch = Batch(
            runtime,
            model=given.model,
            rng=np.random.default_rng(),
            alive=lambda: connection.sendall(alive),
        )
        gc.collect()
        gc.freeze()  # what was loaded lives as long as the process: do not walk it again
        serve(connection, batch)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
