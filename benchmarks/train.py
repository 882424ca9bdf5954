"""Train: one large trial beside a hand-written PyTorch loop with a DataLoader, on 1 M rows.

The same network (three dense layers with layer norm and dropout), optimizer, schedule, batch size,
rows and number of threads; every run is a process of its own, in turn. What is compared is an
epoch after the first (its data is read, its program recorded), and rows per second of it.

    python benchmarks/train.py --rows 1000000 --runs 3
    python benchmarks/train.py --rows 1000000 --runs 3 --units 32
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import report
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from danlu.tensor import Axis, Field, TensorType
from danlu.train.job import run

COLUMNS, BATCH, EPOCHS = 32, 512, 2
WAYS = ("Danlu", "PyTorch, DataLoader", "PyTorch, gathered by hand")
Json = dict[str, Any]


def network(units: int) -> Json:
    """Return the document of the network."""
    nodes: Json = {"columns": {"op": "columns", "in": {"x": "table"}}}
    last = "columns"
    for n in (1, 2, 3):
        for name, op, params in (
            (f"dense_{n}", "dense", {"units": units}), (f"norm_{n}", "layer_norm", {}),
            (f"act_{n}", "activation", {"kind": "relu"}), (f"drop_{n}", "dropout", {"p": 0.1}),
        ):  # fmt: skip
            nodes[name] = {"op": op, "params": params, "in": {"x": last}}
            last = name
    nodes["head"] = {"op": "dense", "params": {"units": "target"}, "in": {"x": last}}
    return {
        "format": "danlu.network", "version": 2, "name": "large", "inputs": {"table": {}},
        "nodes": nodes, "outputs": {"y": "head"},
    }  # fmt: skip


def module(units: int) -> nn.Module:
    """Return the same network, written by hand."""
    layers: list[nn.Module] = []
    for width in (COLUMNS, units, units):
        layers += [nn.Linear(width, units), nn.LayerNorm(units), nn.ReLU(), nn.Dropout(0.1)]
    return nn.Sequential(*layers, nn.Linear(units, 1))


def encode(folder: Path, rows: int) -> None:
    """Write a table whose class is the sign of a smooth function."""
    draw = np.random.default_rng(0)
    slope = draw.normal(size=COLUMNS)
    for split, count in (("train", rows), ("valid", 2000)):
        x = draw.normal(size=(count, COLUMNS)).astype(np.float32)
        np.save(folder / f"{split}.table.npy", x)
        signal = x @ slope + 2 * x[:, 0] * x[:, 1]
        np.save(folder / f"{split}.target.npy", (signal > 0).astype(np.int64))
    fields = tuple(Field(column=f"c{i}", start=i) for i in range(COLUMNS))
    types = {"table": TensorType(axes=(Axis(name="features", size=COLUMNS),), fields=fields)}
    text = json.dumps({"types": {n: t.model_dump() for n, t in types.items()}})
    (folder / "meta.json").write_text(text)


def danlu(folder: Path, threads: int, units: int) -> list[float]:
    """Return the seconds of every epoch of one trial of Danlu's."""
    seconds: list[float] = []

    def hear(event: Json) -> None:
        if event["event"] == "epoch_done":
            seconds.append(event["seconds"])

    args = {
        "encoded": str(folder), "network": network(units), "threads": threads,
        "task": {"kind": "classification", "target": "y", "classes": [False, True],
                 "labels_are": "boolean"},
        "recipe": {"epochs": EPOCHS, "batch_size": BATCH, "patience": 0, "gradient_clip": 0},
        "trials": [{"number": 0, "seed": 1}], "checkpoint": tempfile.mkdtemp(dir=folder),
    }  # fmt: skip
    run(args, hear)
    return seconds


def plain(folder: Path, threads: int, units: int, *, loader: bool) -> list[float]:
    """Return the seconds of every epoch of a hand-written loop, its validation included."""
    torch.set_num_threads(threads)
    x, y, x_valid, y_valid = (
        torch.from_numpy(np.load(folder / f"{split}.{part}.npy"))
        for split in ("train", "valid")
        for part in ("table", "target")
    )
    target = y.float()
    net, seconds = module(units), []
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-4, fused=True)
    steps = len(x) // BATCH
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS * steps)
    every = DataLoader(TensorDataset(x, target), BATCH, shuffle=True, drop_last=True)
    for _ in range(EPOCHS):
        began = time.perf_counter()
        net.train()
        order = torch.randperm(len(x))[: steps * BATCH].view(steps, BATCH)
        for rows, truth in every if loader else ((x[i], target[i]) for i in order):
            out = net(rows).squeeze(-1)
            loss = nn.functional.binary_cross_entropy_with_logits(out, truth)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        net.eval()
        with torch.no_grad():
            ((net(x_valid).squeeze(-1) > 0) == y_valid.bool()).float().mean().item()
        seconds.append(time.perf_counter() - began)
    return seconds


def measure(way: str, folder: Path, threads: int, units: int) -> float:
    """Run one way in a process of its own; return the seconds of its best later epoch."""
    command = [sys.executable, __file__, "--way", way, "--folder", str(folder)]
    out = subprocess.run(
        [*command, "--threads", str(threads), "--units", str(units)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return float(min(json.loads(out.strip().splitlines()[-1])[1:]))


def compare(rows: int, runs: int, threads: int, units: int) -> None:
    """Measure every way in turn and write the table."""
    found: dict[str, list[float]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as name:
        encode(Path(name), rows)
        for _ in range(runs):
            for way in WAYS:
                found[way].append(measure(way, Path(name), threads, units))
                print(f"{way}: {found[way][-1]:.2f} s", flush=True)
    base = statistics.median(found[WAYS[0]])
    table = [("one trial, an epoch", "seconds", "rows/s", "to Danlu")]
    for way, seconds in found.items():
        ratios = sorted(s / base for s in seconds)
        table.append(
            (
                way, report.spread(seconds, digits=2),
                f"{rows / statistics.median(seconds):,.0f}",
                f"{statistics.median(ratios):.2f} x ({ratios[0]:.2f} .. {ratios[-1]:.2f})",
            )
        )  # fmt: skip
    report.write(
        f"One trial, 3 x {units} units", table,
        f"{rows:,} rows, {COLUMNS} columns, 3 x {units} units, batches of {BATCH}, {threads} threads.",
        report.versions("torch"),
    )  # fmt: skip


def main() -> None:
    """Read what to run."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--runs", type=int, default=3)
    asked.add_argument("--units", type=int, default=256)
    asked.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    asked.add_argument("--way", choices=WAYS)
    asked.add_argument("--folder", type=Path)
    given = asked.parse_args()
    if given.way == WAYS[0]:
        print(json.dumps(danlu(given.folder, given.threads, given.units)))
    elif given.way:
        loader = given.way == WAYS[1]
        print(json.dumps(plain(given.folder, given.threads, given.units, loader=loader)))
    else:
        compare(given.rows, given.runs, given.threads, given.units)


if __name__ == "__main__":
    main()
