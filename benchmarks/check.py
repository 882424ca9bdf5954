"""Check: a network of 200 nodes, cold, warm, after an edit, and as an editor asks for it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import report
import torch
from torch.utils.flop_counter import FlopCounterMode

from danlu.compile.module import NetModule
from danlu.execute.local import EngineClient
from danlu.network.check import check
from danlu.network.graph import Network
from danlu.network.ops.base import Live
from danlu.tensor import TensorType

RUNS = 15
TYPES = {"image": TensorType.of("channels=3, height=32, width=32")}


def document(width: int = 24, edited: int | None = None) -> dict[str, Any]:
    """Return 49 residual stages of four nodes, each of a width of its own, and a head."""
    nodes: dict[str, Any] = {
        "stem": {"op": "conv2d", "params": {"channels": width}, "in": {"x": "image"}}
    }
    last = "stem"
    for i in range(49):
        inner = width + i % 25 + (1 if edited == i else 0)
        nodes |= {
            f"wide_{i}": {"op": "conv2d", "params": {"channels": inner}, "in": {"x": last}},
            f"norm_{i}": {"op": "batch_norm", "in": {"x": f"wide_{i}"}},
            f"back_{i}": {"op": "conv2d", "params": {"channels": width}, "in": {"x": f"norm_{i}"}},
            f"add_{i}": {"op": "add", "in": {"xs": [last, f"back_{i}"]}},
        }
        last = f"add_{i}"
    nodes["pool"] = {"op": "global_pool", "in": {"x": last}}
    nodes["flat"] = {"op": "layer_norm", "in": {"x": "pool"}}
    nodes["head"] = {"op": "dense", "params": {"units": "target"}, "in": {"x": "flat"}}
    return {"inputs": {"image": {}}, "nodes": nodes, "outputs": {"y": "head"}}


def timed(ask: Callable[[], object]) -> float:
    """Return milliseconds of one call."""
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1e3


def through_engine(path: Path) -> list[float]:
    """Return milliseconds of questions to a warm engine, each after another edit."""
    engine = subprocess.Popen([sys.executable, "-m", "danlu.up.engine", "--socket", str(path)])
    client = EngineClient(path)
    types = {n: t.model_dump(mode="json") for n, t in TYPES.items()}
    try:
        while not client.warm():
            time.sleep(0.2)
        client.analyze({"network": document(), "types": types, "head": 10})
        return [
            timed(
                lambda i=i: client.analyze(
                    {"network": document(edited=i), "types": types, "head": 10}
                )
            )
            for i in range(RUNS)
        ]
    finally:
        engine.terminate()
        engine.wait()


def main() -> None:
    """Measure, compare multiply-adds with torch's own counter, and write the table."""
    whole = document()
    cold = timed(lambda: check(whole, TYPES, 10))
    warm = [timed(lambda: check(whole, TYPES, 10)) for _ in range(RUNS)]
    edits = [timed(lambda i=i: check(document(edited=i), TYPES, 10)) for i in range(RUNS)]
    with tempfile.TemporaryDirectory() as folder:
        asked = through_engine(Path(folder) / "engine.sock")
    counted = check(whole, TYPES, 10).totals.macs
    net = NetModule(Network.model_validate(whole), TYPES, 10)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net({"image": torch.zeros(1, 3, 32, 32)}, Live())
    torchs = counter.get_total_flops() // 2
    report.write(
        "Check: 200 nodes",
        [
            ("what", "time"),
            ("first time in a process", f"{cold:.0f} ms"),
            ("again, nothing changed", report.spread(warm, "ms", 1)),
            ("after an edit of one width", report.spread(edits, "ms", 1)),
            ("after an edit, asked of the engine", report.spread(asked, "ms", 1)),
        ],
        f"{len(whole['nodes'])} nodes, convolutions on 3x32x32. Asked for: < 150 ms warm.",
        f"Multiply-adds: {counted:,} by the check, {torchs:,} by torch.utils.flop_counter.",
        report.versions("torch", "danlu"),
    )


if __name__ == "__main__":
    main()
