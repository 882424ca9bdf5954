"""Widths: a search over the widths of a network, its trials masked into cohorts, beside by program.

24 trials of a small convolutional network on scikit-learn's digits, channels of both layers drawn
from {8 .. 32}; or of a recurrent one that reads the rows of the picture, or of a transformer layer
over them. Both ways train the same trials in one process on one thread, in turn; what is compared
is the processor time until all are trained, recording of the programs included: other work on the
machine does not count.

    python benchmarks/widths.py --network conv --epochs 10 --runs 3
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import digits
import numpy as np
import report
import torch

from danlu.compile.key import program_key
from danlu.experiment.desk import keys
from danlu.network.blocks.base import library
from danlu.network.graph import Network
from danlu.tensor import Axis, Field, TensorType
from danlu.train.job import run

Json = dict[str, Any]
TRIALS, CLASSES, SIDE = 24, 10, 8
WIDTHS = range(8, 33, 4)
BY_PROGRAM, MASKED = "by program", "masked"
TASK: Json = {
    "kind": "classification", "target": "y", "classes": list(range(CLASSES)),
    "labels_are": "number",
}  # fmt: skip


def conv() -> tuple[Json, list[str]]:
    """Return two convolutions, and what is searched of them."""
    return _chain(
        ("image", {"op": "reshape", "params": {"to": [1, SIDE, SIDE]}}),
        ("conv_1", {"op": "conv2d", "params": {"channels": 16}}), ("act_1", {"op": "activation"}),
        ("pool_1", {"op": "pool"}),
        ("conv_2", {"op": "conv2d", "params": {"channels": 16}}), ("act_2", {"op": "activation"}),
        ("flat", {"op": "flatten"}), ("drop", {"op": "dropout"}),
    ), ["conv_1.channels", "conv_2.channels"]  # fmt: skip


def gru() -> tuple[Json, list[str]]:
    """Return a layer that reads row after row."""
    rows = ("rows", {"op": "reshape", "params": {"to": [SIDE, SIDE]}})
    return _chain(rows, ("read", {"op": "gru", "params": {"units": 16}})), ["read.units"]


def transformer() -> tuple[Json, list[str]]:
    """Return a transformer layer over the rows."""
    return _chain(
        ("rows", {"op": "reshape", "params": {"to": [SIDE, SIDE]}}),
        ("embed", {"op": "dense", "params": {"units": 16}}),
        ("order", {"op": "positional_encoding"}),
        ("layer", {"block": "transformer_encoder_layer", "params": {"units": 16}}),
        ("pool", {"op": "mean_over"}), **library("transformer_encoder_layer"),
    ), ["embed.units layer.units"]  # fmt: skip


NETWORKS = {"conv": conv, "gru": gru, "transformer": transformer}


def _chain(*nodes: tuple[str, Json], **blocks: Any) -> Json:
    head = {"op": "dense", "params": {"units": "target"}}
    named = [("columns", {"op": "columns"}), *nodes, ("head", head)]
    sources = ["table", *(name for name, _ in named)]
    pairs = zip(sources, named, strict=False)
    return {
        "format": "danlu.network", "version": 2, "name": "widths", "inputs": {"table": {}},
        "nodes": {name: {**node, "in": {"x": source}} for source, (name, node) in pairs},
        "blocks": blocks, "outputs": {"y": "head"},
    }  # fmt: skip


def encoded(folder: Path) -> Json:
    """Write the digits as a search reads them, and return their types."""
    x, valid_x, y, valid_y = digits.digits()
    for split, rows, target in (("train", x, y), ("valid", valid_x, valid_y)):
        np.save(folder / f"{split}.table.npy", rows)
        np.save(folder / f"{split}.target.npy", target)
    fields = tuple(Field(column=f"p{i}", start=i) for i in range(x.shape[1]))
    kind = TensorType(axes=(Axis(name="features", size=x.shape[1]),), fields=fields)
    types = {"table": kind.model_dump(mode="json")}
    (folder / "meta.json").write_text(json.dumps({"types": types}))
    return types


def trials(searched: list[str], seed: int) -> list[Json]:
    """Draw every trial: its widths, and a learning rate."""
    draw = np.random.default_rng(seed)
    found = []
    for number in range(TRIALS):
        widths = {n: int(w) for names, w in zip(
            searched, draw.choice(list(WIDTHS), len(searched)), strict=True
        ) for n in names.split()}  # fmt: skip
        rate = float(10 ** draw.uniform(-3.5, -2))
        values = {**widths, "recipe.learning_rate": rate}
        found.append({"number": number, "seed": number, "values": values})
    return found


def cohorts(document: Json, types: Json, found: list[Json]) -> dict[str, list[list[Json]]]:
    """Return which trials train as one: by program, and as the engine groups them."""
    base = Network.model_validate(document)
    values = [t["values"] for t in found]
    own = [{n: v for n, v in one.items() if not n.startswith("recipe.")} for one in values]
    programs = [program_key(base.with_values(one)) for one in own]
    asked = {"network": document, "types": types, "head": CLASSES, "trials": values}
    masked = [one["key"] for one in keys(asked, None)["trials"]]
    return {BY_PROGRAM: _groups(programs, found), MASKED: _groups(masked, found)}


def _groups(of: Iterable[str], found: list[Json]) -> list[list[Json]]:
    groups: dict[str, list[Json]] = {}
    for key, one in zip(of, found, strict=True):
        groups.setdefault(key, []).append(one)
    return list(groups.values())


def train(
    folder: Path, data: Path, document: Json, groups: list[list[Json]], recipe: Json
) -> tuple[float, list[float], list[int]]:
    """Train all, one cohort after the other: seconds, losses, and how many ran as one."""
    started, losses, together = time.process_time(), {}, []
    for place, group in enumerate(groups):
        args = {
            "encoded": str(data), "network": document, "task": TASK, "recipe": recipe,
            "trials": group, "checkpoint": str(folder / str(place)), "seed": 7,
        }  # fmt: skip
        result = run(args, lambda _: None)
        together.append(result["together"])
        losses |= {t["number"]: t["curve"][-1]["valid_loss"] for t in result["trials"]}
    return time.process_time() - started, [losses[n] for n in sorted(losses)], together


def compare(name: str, epochs: int, runs: int) -> list[tuple[str, ...]]:
    """Train both ways in turn, and return the rows of the table."""
    document, searched = NETWORKS[name]()
    found, times = trials(searched, 0), {BY_PROGRAM: [], MASKED: []}
    recipe = {"epochs": epochs, "batch_size": 64, "patience": 0}
    seen: dict[str, list[float]] = {}
    fused: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory() as place:
        data = Path(place) / "encoded"
        data.mkdir()
        ways = cohorts(document, encoded(data), found)
        for number in range(runs):
            for way, groups in ways.items():
                folder = Path(place) / f"{way}{number}"
                spent, seen[way], fused[way] = train(folder, data, document, groups, recipe)
                times[way].append(spent)
    apart = max(abs(a - b) / abs(b) for a, b in zip(seen[MASKED], seen[BY_PROGRAM], strict=True))
    ratios = [a / b for a, b in zip(times[BY_PROGRAM], times[MASKED], strict=True)]
    best = min(times[BY_PROGRAM]) / min(times[MASKED])
    return [
        (name, way, str(len(ways[way])), str(max(fused[way])), report.spread(times[way]),
         f"{best:.2f} ({min(ratios):.2f} .. {max(ratios):.2f})" if way == MASKED else "1",
         f"{apart:.0e}" if way == MASKED else "")
        for way in ways
    ]  # fmt: skip


def main() -> None:
    """Compare both ways for some networks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(1)
    table = [("network", "way", "cohorts", "trials as one", "processor time until all are trained",
              "times faster", "losses apart")]  # fmt: skip
    for name in given.network:
        table += compare(name, given.epochs, given.runs)
    report.write(
        "Widths masked into cohorts", table,
        f"{TRIALS} trials x {given.epochs} epochs on digits, one thread, both ways in turn; times "
        "faster: the fastest run of each, and the range over the pairs. " + report.versions("torch"),
    )  # fmt: skip


if __name__ == "__main__":
    main()
