"""GPU: a cohort of 32 beside the same trials one after the other, and one large trial beside a loop.

On scikit-learn's digits, an MLP and a small CNN: both ways are one process that has read its data
and recorded its program, and what is compared is an epoch of all 32 trials after the first. The
large trial is that of train.py, beside a hand-written loop whose rows lie on the device too.

    python benchmarks/gpu.py                   # on cuda; says so and ends where there is none
    python benchmarks/gpu.py --device cpu --trials 4 --rows 20000 --dry    # try the script itself
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import report
import torch
import train
from sklearn.datasets import load_digits
from torch import nn

from danlu.tensor import Axis, TensorType
from danlu.train.device import Device
from danlu.train.job import run
from danlu.train.recipe import Recipe

BATCH, UNITS = 64, 1024
Json = dict[str, Any]


def chain(*nodes: tuple[str, str, Json]) -> Json:
    """Return the document of nodes one after the other."""
    sources = ["table", *(name for name, _, _ in nodes)]
    return {
        "format": "danlu.network", "version": 2, "name": "chain", "inputs": {"table": {}},
        "nodes": {
            name: {"op": op, "params": params, "in": {"x": source}}
            for source, (name, op, params) in zip(sources, nodes, strict=False)
        },
        "outputs": {"y": sources[-1]},
    }  # fmt: skip


NETWORKS = {
    "MLP": chain(
        ("in_1", "dense", {"units": 128}), ("act_1", "activation", {}),
        ("in_2", "dense", {"units": 128}), ("act_2", "activation", {}),
        ("head", "dense", {"units": "target"}),
    ),
    "CNN": chain(
        ("image", "reshape", {"to": [1, 8, 8]}), ("conv_1", "conv2d", {"channels": 16}),
        ("act_1", "activation", {}), ("pool_1", "pool", {}),
        ("conv_2", "conv2d", {"channels": 32}), ("act_2", "activation", {}),
        ("flat", "flatten", {}), ("head", "dense", {"units": "target"}),
    ),
}  # fmt: skip


def encode_digits(folder: Path) -> None:
    """Write the digits as rows of 64 numbers."""
    digits = load_digits()
    x, y = (digits.data / 16).astype(np.float32), digits.target.astype(np.int64)
    for split, rows in (("train", slice(0, 1437)), ("valid", slice(1437, None))):
        np.save(folder / f"{split}.table.npy", x[rows])
        np.save(folder / f"{split}.target.npy", y[rows])
    table = TensorType(axes=(Axis(name="features", size=64),))
    (folder / "meta.json").write_text(json.dumps({"types": {"table": table.model_dump()}}))


def epoch_s(device: Device, network: Json, encoded: Path, *, trials: int, together: int) -> float:
    """Return the seconds of the fastest later epoch of a cohort, ``together`` trials a program."""
    seconds: dict[int, float] = {}

    def hear(event: Json) -> None:
        if event["event"] == "epoch_done":
            epoch = int(event["epoch"])
            seconds[epoch] = seconds.get(epoch, 0.0) + float(event["seconds"])

    with tempfile.TemporaryDirectory() as name:
        args = {
            "encoded": str(encoded), "network": network, "checkpoint": name, "together": together,
            "task": {"kind": "classification", "target": "y", "classes": list(range(10)),
                     "labels_are": "number"},
            "recipe": {"epochs": 4, "batch_size": BATCH, "patience": 0, "device": device.name,
                       "precision": device.precision},
            "checkpoint_every_s": 1e9,
            "trials": [{"number": n, "seed": n,
                        "values": {"recipe.learning_rate": 1e-3 * (1 + n)}} for n in range(trials)],
        }  # fmt: skip
        run(args, hear)
    return min(s for epoch, s in seconds.items() if epoch > 1)


def large_s(device: Device, encoded: Path) -> float:
    """Return the seconds of a later epoch of one large trial of Danlu's."""
    seconds: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        args = {
            "encoded": str(encoded), "network": train.network(UNITS), "checkpoint": name,
            "task": {"kind": "classification", "target": "y", "classes": [False, True],
                     "labels_are": "boolean"},
            "recipe": {"epochs": 3, "batch_size": 4096, "patience": 0, "gradient_clip": 0,
                       "device": device.name, "precision": device.precision},
            "trials": [{"number": 0, "seed": 1}], "checkpoint_every_s": 1e9,
        }  # fmt: skip
        run(args, lambda e: seconds.append(e["seconds"]) if e["event"] == "epoch_done" else None)
    return min(seconds[1:])


def by_hand_s(device: Device, encoded: Path) -> float:
    """Return the seconds of a later epoch of a hand-written loop, validation included."""
    x, y, x_valid, y_valid = (
        torch.from_numpy(np.load(encoded / f"{split}.{part}.npy")).to(device.at)
        for split in ("train", "valid")
        for part in ("table", "target")
    )
    target, net, seconds = y.float(), train.module(UNITS).to(device.at), []
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-4, fused=True)
    steps = max(1, round(len(x) / 4096))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 3 * steps)
    for _ in range(3):
        device.finish()
        began = time.perf_counter()
        order = torch.randperm(len(x), device=device.at)
        order = order[: len(x) // steps * steps].view(steps, -1)
        net.train()
        for index in order:
            with device.forwards():
                out = net(x[index]).squeeze(-1)
            loss = nn.functional.binary_cross_entropy_with_logits(out.float(), target[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        net.eval()
        with torch.no_grad():
            ((net(x_valid).squeeze(-1) > 0) == y_valid.bool()).float().mean().item()
        device.finish()
        seconds.append(time.perf_counter() - began)
    return min(seconds[1:])


def of_cohorts(device: Device, trials: int, runs: int) -> list[tuple[str, ...]]:
    """Measure both ways in turn for every network."""
    table = []
    with tempfile.TemporaryDirectory() as name:
        encode_digits(Path(name))
        for title, network in NETWORKS.items():
            pairs = [
                tuple(
                    epoch_s(device, network, Path(name), trials=trials, together=together)
                    for together in (trials, 1)
                )
                for _ in range(runs)
            ]
            table.append(row(f"{title}, {trials} trials, an epoch of all", pairs))
    return table


def of_one(device: Device, rows: int, runs: int) -> list[tuple[str, ...]]:
    """Measure the large trial and the loop in turn."""
    with tempfile.TemporaryDirectory() as name:
        train.encode(Path(name), rows)
        pairs = [(large_s(device, Path(name)), by_hand_s(device, Path(name))) for _ in range(runs)]
    return [row(f"one trial of 3 x {UNITS} units, {rows:,} rows, against a loop by hand", pairs)]


def row(what: str, pairs: list[tuple[float, ...]]) -> tuple[str, ...]:
    """Show Danlu, the other way, and how many times as long that takes."""
    ours, other = ([pair[i] for pair in pairs] for i in (0, 1))
    ratios = sorted(b / a for a, b in pairs)
    middle = statistics.median(ratios)
    shown = f"{middle:.2f} x ({ratios[0]:.2f} .. {ratios[-1]:.2f})"
    return what, report.spread(ours), report.spread(other), shown


def main() -> None:
    """Read what to run."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--device", default="cuda", choices=("cuda", "mps", "cpu"))
    asked.add_argument("--trials", type=int, default=32)
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--runs", type=int, default=3)
    asked.add_argument("--dry", action="store_true", help="print, do not write")
    given = asked.parse_args()
    if given.device == "cuda" and not torch.cuda.is_available():
        print(f"skipped: torch {torch.__version__} finds no cuda device on this machine")
        return
    device = Device.of(Recipe(device=given.device))
    table = [
        ("what", "Danlu", "the other way", "as long"),
        *of_cohorts(device, given.trials, given.runs),
    ]
    table += of_one(device, given.rows, given.runs)
    if given.dry:
        print("\n".join(" | ".join(line) for line in table))
        return
    where = device.described()
    report.write(
        "GPU", table, f"{where['title']}, {device.precision}; batches of {BATCH} and 4,096.",
        report.versions("torch"),
    )  # fmt: skip


if __name__ == "__main__":
    main()
