"""The trials of `search_danlu.py`: ask, put into cohorts, train, tell, as `experiment/run.py`."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import digits
import numpy as np

from danlu.execute.base import Call
from danlu.execute.local import LocalExecutor
from danlu.experiment.ask import Cost, group
from danlu.search.samplers.tpe import Tpe
from danlu.space import Choice, Float, Int, Space

ASKED = digits.TRIALS // 2
SPACE: Space = {
    "width": Choice(*digits.WIDTHS),
    "depth": Int(*digits.DEPTHS),
    "dropout": Float(*digits.DROPOUT),
    "learning_rate": Float(*digits.RATE, log=True),
    "weight_decay": Float(*digits.DECAY, log=True),
}
LAYERS = range(1, digits.DEPTHS[1] + 1)
Json = dict[str, Any]


def network() -> Json:
    """Return a document of the deepest network; width and depth are values of a trial."""
    nodes: Json = {"columns": {"op": "columns", "in": {"x": "table"}}}
    last = "columns"
    for n in LAYERS:
        kinds = {f"dense_{n}": "dense", f"act_{n}": "activation", f"drop_{n}": "dropout"}
        for name, op in kinds.items():
            nodes[name] = {"op": op, "in": {"x": last}}
            last = name
    nodes["head"] = {"op": "dense", "params": {"units": "target"}, "in": {"x": last}}
    return {
        "format": "danlu.network", "version": 2, "name": "mlp", "inputs": {"table": {}},
        "nodes": nodes, "outputs": {"y": "head"},
    }  # fmt: skip


TYPES = {
    "table": {
        "axes": [{"name": "features", "size": 64}],
        "fields": [{"column": f"p{i}", "start": i} for i in range(64)],
    }
}


def values_of(asked: Json) -> Json:
    """Turn a point of the space into values of nodes and recipe."""
    found = {f"recipe.{name}": asked[name] for name in ("learning_rate", "weight_decay")}
    for n in LAYERS:
        found |= {f"dense_{n}.units": asked["width"], f"drop_{n}.p": asked["dropout"]}
        if n > 1:
            names = (f"dense_{n}", f"act_{n}", f"drop_{n}")
            found |= {f"{name}.enabled": n <= asked["depth"] for name in names}
    return found


def run(executor: LocalExecutor, folder: Path, *, halving: bool) -> Json:
    """Search; return the best accuracy and what was trained together."""
    encode(folder / "digits")
    history: list[tuple[Json, float | None]] = []
    before: dict[int, list[float]] = {}
    cohorts: list[tuple[int, ...]] = []
    while len(history) < digits.TRIALS:
        asked = Tpe().suggest(SPACE, history, n=ASKED, seed=0)
        trials = {n: values_of(a) for n, a in enumerate(asked, start=len(history))}
        shared = group(costs(executor, trials), digits.SLOTS)
        cohorts += shared
        with ThreadPoolExecutor(digits.SLOTS) as pool:
            ended = pool.map(
                lambda cohort: train(executor, folder, cohort, trials, before if halving else None),  # noqa: B023
                shared,
            )
            done = {t["number"]: t for result in ended for t in result}
        found = {n: t["metric"] for n, t in done.items()}
        before |= {n: [p["accuracy"] for p in t["curve"]] for n, t in done.items()}
        history += [(a, found[n]) for n, a in enumerate(asked, start=len(history))]
    best = max(metric for _, metric in history if metric is not None)
    return {"best": best, "cohorts": [len(c) for c in cohorts]}


def costs(executor: LocalExecutor, trials: dict[int, Json]) -> dict[int, Cost]:
    """Ask the engine which trials may train as one."""
    args = {"network": network(), "types": TYPES, "head": 10, "slots": digits.SLOTS,
            "trials": list(trials.values())}  # fmt: skip
    found = executor.submit(Call(run="danlu.experiment.desk:keys", args=args), print).wait()
    return {n: Cost(**cost) for n, cost in zip(trials, found["trials"], strict=True)}


def train(
    executor: LocalExecutor, folder: Path, cohort: tuple[int, ...], trials: dict[int, Json],
    before: dict[int, list[float]] | None,
) -> list[Json]:  # fmt: skip
    """Train one cohort in a process forked from the engine; ``before`` = halving, among these."""
    args = {
        "encoded": str(folder / "digits"), "network": network(),
        "task": {"kind": "classification", "target": "y", "classes": list(range(10)),
                 "labels_are": "number"},
        "recipe": {"epochs": digits.EPOCHS, "batch_size": digits.BATCH, "patience": 0},
        "trials": [{"number": n, "seed": n, "values": trials[n]} for n in cohort],
        "checkpoint": str(folder / f"cohort-{cohort[0]}"), "together": len(cohort),
        "pruner": None if before is None else {"kind": "halving", "first": 3, "eta": 3},
        "before": before or {},
    }  # fmt: skip
    call = Call(run="danlu.train.job:run", args=args)
    result = executor.submit(call, lambda _event: None).wait()
    return list(result["trials"])


def encode(folder: Path) -> None:
    """Write what the prepare job would."""
    folder.mkdir()
    arrays = digits.digits()
    for split, x, y in (("train", arrays[0], arrays[2]), ("valid", arrays[1], arrays[3])):
        np.save(folder / f"{split}.table.npy", x)
        np.save(folder / f"{split}.target.npy", y)
    (folder / "meta.json").write_text(json.dumps({"types": TYPES}))
