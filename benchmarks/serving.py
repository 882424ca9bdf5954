"""One prediction over HTTP, log on, beside FastAPI + onnxruntime by hand and a bare ASGI floor.

The same ONNX model (64-128-128-10) behind each; every server alone in turn, load from a process of
its own on the same machine. Prints one table.

    python benchmarks/serving.py [--seconds 3] [--connections 1 8 64]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime
import psutil
from report import versions, write

from danlu.data.dataset import Column, Schema, rows_of
from danlu.data.encoder import Encoder
from danlu.registry.bundle import pack
from danlu.serve.gate import child_environment
from danlu.testing.bundles import dense_onnx, dense_weights, forward

COLUMNS = tuple(Column(name=f"c{i}", kind="number") for i in range(64))
SIZES = (64, 128, 128, 10)
PORT = 8765
HEAD = "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"

BY_HAND = """
import sys, numpy as np, onnxruntime, uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
options = onnxruntime.SessionOptions(); options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options)
class Request(BaseModel):
    rows: list[dict[str, float]]
names = [f"c{i}" for i in range(64)]
app = FastAPI()
@app.post("/predict")
def predict(request: Request):
    table = np.array([[row[n] for n in names] for row in request.rows], dtype=np.float32)
    (answer,) = session.run(None, {"table": table})
    return {"predictions": [{"label": int(r.argmax()), "probabilities": r.tolist()} for r in answer]}
uvicorn.run(app, port=int(sys.argv[2]), log_level="error", access_log=False)
"""
FLOOR = """
import sys, numpy as np, onnxruntime, msgspec, uvicorn
options = onnxruntime.SessionOptions(); options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options)
class Request(msgspec.Struct):
    rows: list[dict[str, float]]
names = [f"c{i}" for i in range(64)]
decoder, encoder = msgspec.json.Decoder(Request), msgspec.json.Encoder()
head = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}
async def app(scope, receive, send):
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    rows = decoder.decode(body).rows
    table = np.array([[row[n] for n in names] for row in rows], dtype=np.float32)
    (answer,) = session.run(None, {"table": table})
    await send(head)
    await send({"type": "http.response.body", "body": encoder.encode({"predictions": answer.tolist()})})
uvicorn.run(app, port=int(sys.argv[2]), log_level="error", access_log=False, lifespan="off")
"""
DANLU = """
import sys; from pathlib import Path
from danlu.serve.server import serve
log = Path(sys.argv[3]) if len(sys.argv) > 3 else None
serve(Path(sys.argv[1]), port=int(sys.argv[2]), log=log)
"""


class Client(asyncio.Protocol):
    """One keep-alive connection that asks again as soon as it is answered."""

    def __init__(self, request: bytes, ends: float) -> None:
        self.request, self.ends = request, ends
        self.times: list[float] = []
        self.failed = 0
        self.done = asyncio.get_running_loop().create_future()
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        self.began = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, mark, body = self.buffer.partition(b"\r\n\r\n")
        if not mark:
            return
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        chunked = not length
        if (chunked and not body.endswith(b"0\r\n\r\n")) or (
            not chunked and len(body) < int(length)
        ):
            return
        now = time.perf_counter()
        self.times.append(now - self.began)
        self.failed += not head.startswith(b"HTTP/1.1 200")
        self.buffer = b""
        if now < self.ends:
            self.ask()
        elif not self.done.done():
            self.done.set_result(None)


def load(port: int, body: bytes, connections: int, seconds: float) -> dict[str, float]:
    """Ask from so many connections; requests/s and latencies in ms."""

    async def run() -> list[Client]:
        loop = asyncio.get_running_loop()
        request = HEAD.format(len(body)).encode() + body
        ends = time.perf_counter() + seconds
        clients = [Client(request, ends) for _ in range(connections)]
        for client in clients:
            await loop.create_connection(lambda client=client: client, "127.0.0.1", port)
        await asyncio.gather(*(c.done for c in clients))
        return clients

    began = time.perf_counter()
    clients = asyncio.run(run())
    took = time.perf_counter() - began
    times = sorted(t for c in clients for t in c.times)
    return {
        "per_s": len(times) / took,
        "p50": statistics.median(times) * 1e3,
        "p99": times[int(len(times) * 0.99)] * 1e3,
        "failed": sum(c.failed for c in clients),
    }


def measure(body: bytes, connections: int, seconds: float) -> dict[str, float]:
    """Run the load in a process of its own."""
    command = [sys.executable, __file__, "--load", str(connections), str(seconds)]
    done = subprocess.run(command, input=body, capture_output=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


@contextlib.contextmanager
def running(source: str, *arguments: str) -> Iterator[psutil.Process]:
    command = [sys.executable, "-c", source, *arguments]
    process = subprocess.Popen(command, env=child_environment(), stderr=subprocess.DEVNULL)
    try:
        for _ in range(400):
            with contextlib.suppress(OSError):
                asyncio.run(_knock())
                break
            time.sleep(0.05)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


async def _knock() -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", PORT)
    writer.close()


def make_bundle(folder: Path) -> list[dict[str, object]]:
    rng = np.random.default_rng(0)
    table = {c.name: rng.normal(10, 3, 1000) for c in COLUMNS}
    encoder = Encoder.fit(table, Schema(columns=COLUMNS), {"table": [c.name for c in COLUMNS]})
    encoded = encoder.encode(table)["table"]
    weights = dense_weights([encoded.shape[1], *SIZES[1:]], seed=0)
    rows = rows_of(table, COLUMNS)
    answers = forward(weights, encoded)
    golden = [{"row": r, "answer": a.tolist()} for r, a in zip(rows[:60], answers, strict=False)]
    decoder = {"form": "classes", "classes": [str(i) for i in range(10)], "target": "digit"}
    pack(
        folder, onnx=dense_onnx(weights, "table"), encoder=encoder, decoder=decoder,
        golden=golden, manifest={"model": "digits@1"},
    )  # fmt: skip
    return rows


def bare_run_ms(model: Path) -> float:
    """Median time of `session.run` on one row, nothing around it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.read_bytes(), options)
    width = session.get_inputs()[0].shape[1]
    row = np.zeros((1, width), dtype=np.float32)
    times = []
    for _ in range(3000):
        began = time.perf_counter()
        session.run(None, {"table": row})
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e3


def memory_mb(process: psutil.Process) -> float:
    tree = [process, *process.children(recursive=True)]
    return sum(p.memory_info().rss for p in tree) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8, 64])
    parser.add_argument("--load", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.load:
        body = sys.stdin.buffer.read()
        print(json.dumps(load(PORT, body, int(given.load[0]), float(given.load[1]))))
        return
    with tempfile.TemporaryDirectory() as temp:
        compare(Path(temp), given.seconds, given.connections)


def compare(root: Path, seconds: float, connections: list[int]) -> None:
    rows = make_bundle(root / "bundle")
    one = json.dumps({"rows": rows[:1]}).encode()
    many = json.dumps({"rows": rows}).encode()
    model, bundle, port = str(root / "bundle" / "model.onnx"), str(root / "bundle"), str(PORT)
    servers = {
        "danlu, log on": (DANLU, bundle, port, str(root / "log.db")),
        "danlu, log off": (DANLU, bundle, port),
        "FastAPI by hand": (BY_HAND, model, port),
        "bare ASGI floor": (FLOOR, model, port),
    }
    run_us, sync_us = bare_run_ms(Path(model)) * 1e3, sync_ms(root) * 1e3
    head = ("server", "connections", "requests/s", "p50 ms", "p99 ms", "failed", "MB", "1,000 rows")
    table: list[tuple[str, ...]] = [head]
    for name, (source, *arguments) in servers.items():
        with running(source, *arguments) as process:
            measure(one, 1, 0.5)
            for count in connections:
                m = measure(one, count, seconds)
                first = count == connections[0]
                batch = measure(many, 1, seconds)["p50"] if first else 0.0
                speed = f"{1e6 / batch:,.0f} rows/s" if batch else ""
                size = f"{memory_mb(process):.0f}"
                numbers = f"{m['per_s']:,.0f}", f"{m['p50']:.3f}", f"{m['p99']:.2f}"
                table.append((name, str(count), *numbers, f"{m['failed']:.0f}", size, speed))
    load = "/".join(f"{x:.1f}" for x in psutil.getloadavg())
    write(
        "Serving: one prediction over HTTP",
        table,
        f"`session.run` alone {run_us:.0f} us; one write and fsync on this disk {sync_us:.0f} us.",
        f"One row is {len(one)} bytes of JSON. Load average of the machine at the end: {load}.",
        versions("onnxruntime", "fastapi", "uvicorn", "msgspec"),
    )


def sync_ms(folder: Path) -> float:
    """Median time of appending 12 KB (a commit of the log) and an fsync, in ms."""
    times = []
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(200):
            file.write(bytes(12288))
            began = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e3


if __name__ == "__main__":
    main()
