"""Search: 24 trials x 30 epochs on digits, beside Optuna with a plain PyTorch loop.

Same data, split, space, budget and number of processes (two, one thread each); every run is a
process of its own, in turn, from its start to the best model known. The width and depth of the
network are in the space, so the trials make up to twelve different programs.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import report
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

from danlu.execute.base import Call
from danlu.execute.local import LocalExecutor
from danlu.search.samplers.tpe import Tpe
from danlu.space import Choice, Float, Int, Space
from danlu.tensor import Axis, Field, TensorType

TRIALS, EPOCHS, BATCH, SLOTS, ASKED = 24, 30, 64, 2, 12
SPACE: Space = {
    "width": Choice(32, 64, 128, 256),
    "depth": Int(1, 3),
    "dropout": Float(0.0, 0.5),
    "learning_rate": Float(1e-4, 3e-2, log=True),
    "weight_decay": Float(1e-6, 1e-1, log=True),
}
Values = dict[str, Any]
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def digits() -> Arrays:
    """Return train and validation pixels and labels."""
    found = load_digits()
    x = (found.data / 16 - 0.3).astype(np.float32)
    parts = train_test_split(x, found.target, test_size=0.25, random_state=0, stratify=found.target)
    return parts[0], parts[1], parts[2].astype(np.int64), parts[3].astype(np.int64)


def network(values: Values) -> dict[str, Any]:
    """Return the document of one width and depth."""
    nodes: dict[str, Any] = {"columns": {"op": "columns", "in": {"x": "table"}}}
    last = "columns"
    for n in range(1, values["depth"] + 1):
        for name, op, params in (
            (f"dense_{n}", "dense", {"units": values["width"]}),
            (f"act_{n}", "activation", {}),
            (f"drop_{n}", "dropout", {"p": values["dropout"]}),
        ):
            nodes[name] = {"op": op, "params": params, "in": {"x": last}}
            last = name
    nodes["head"] = {"op": "dense", "params": {"units": "target"}, "in": {"x": last}}
    return {
        "format": "danlu.network", "version": 1, "name": "mlp", "inputs": {"table": {}},
        "nodes": nodes, "outputs": {"y": "head"},
    }  # fmt: skip


def trial(number: int, values: Values) -> dict[str, Any]:
    """Return one trial of the train job."""
    given = {f"drop_{n}.p": values["dropout"] for n in range(1, values["depth"] + 1)}
    given |= {f"recipe.{name}": values[name] for name in ("learning_rate", "weight_decay")}
    return {"number": number, "seed": number, "values": given}


def danlu(folder: Path) -> float:
    """Search with Danlu's sampler, engine and trainers."""
    executor = LocalExecutor(folder / "home", slots=SLOTS)
    executor.start()
    encode(folder / "digits")
    history: list[tuple[Values, float | None]] = []
    while len(history) < TRIALS:
        asked = Tpe().suggest(SPACE, history, n=ASKED, seed=0)
        found = train(executor, folder, dict(enumerate(asked, start=len(history))))
        history += [(values, found[len(history) + i]) for i, values in enumerate(asked)]
    executor.close()
    return max(metric for _, metric in history if metric is not None)


def encode(folder: Path) -> None:
    """Write what the prepare job would."""
    folder.mkdir()
    arrays = digits()
    for split, x, y in (("train", arrays[0], arrays[2]), ("valid", arrays[1], arrays[3])):
        np.save(folder / f"{split}.table.npy", x)
        np.save(folder / f"{split}.target.npy", y)
    fields = tuple(Field(column=f"p{i}", start=i) for i in range(64))
    table = TensorType(axes=(Axis(name="features", size=64),), fields=fields)
    (folder / "meta.json").write_text(json.dumps({"types": {"table": table.model_dump()}}))


def train(executor: LocalExecutor, folder: Path, asked: dict[int, Values]) -> dict[int, float]:
    """Train some trials in as many cohorts as they have programs; return their metrics."""
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, values in asked.items():
        groups[(values["width"], values["depth"])].append(number)
    # The dearest first, so that no slot is left with a long one at the end.
    waiting = sorted(groups, key=lambda g: -g[0] * g[1] * len(groups[g]))
    found: dict[int, float] = {}
    task = {"kind": "classification", "target": "y", "classes": list(range(10))}

    def work() -> None:
        while waiting:
            numbers = groups[waiting.pop(0)]
            args = {
                "encoded": str(folder / "digits"), "network": network(asked[numbers[0]]),
                "task": {**task, "labels_are": "number"}, "together": len(numbers),
                "recipe": {"epochs": EPOCHS, "batch_size": BATCH, "patience": 0},
                "trials": [trial(n, asked[n]) for n in numbers],
                "checkpoint": str(folder / f"cohort-{numbers[0]}"),
            }  # fmt: skip
            call = Call(run="danlu.train.job:run", args=args)
            result = executor.submit(call, lambda _event: None).wait()
            found.update({t["number"]: t["metric"] for t in result["trials"]})

    threads = [threading.Thread(target=work) for _ in range(SLOTS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return found


def plain(folder: Path, pruner: optuna.pruners.BasePruner) -> float:
    """Search with Optuna and a hand-written loop, in two processes over one study."""
    journal = optuna.storages.journal.JournalFileBackend(str(folder / "journal"))
    storage = optuna.storages.JournalStorage(journal)
    study = optuna.create_study(storage=storage, study_name="digits", direction="maximize")
    halving = "halving" if isinstance(pruner, optuna.pruners.SuccessiveHalvingPruner) else "none"
    command = [sys.executable, __file__, "--worker", halving, "--folder", str(folder)]
    workers = [subprocess.Popen([*command, "--seed", str(n)]) for n in range(SLOTS)]
    assert [w.wait() for w in workers] == [0] * SLOTS
    return float(study.best_value)


def worker(folder: Path, pruner: optuna.pruners.BasePruner, seed: int) -> None:
    """Train this process's share of the trials, one after the other."""
    torch.set_num_threads(1)
    journal = optuna.storages.journal.JournalFileBackend(str(folder / "journal"))
    study = optuna.load_study(
        study_name="digits", storage=optuna.storages.JournalStorage(journal), pruner=pruner,
        sampler=optuna.samplers.TPESampler(seed=seed),
    )  # fmt: skip
    arrays = tuple(torch.from_numpy(a) for a in digits())
    study.optimize(lambda t: loop(t, arrays), n_trials=TRIALS // SLOTS)


def loop(trial: optuna.Trial, arrays: tuple[torch.Tensor, ...]) -> float:
    """Train one trial as one would by hand."""
    width = trial.suggest_categorical("width", [32, 64, 128, 256])
    layers: list[nn.Module] = []
    last, p = 64, trial.suggest_float("dropout", 0.0, 0.5)
    for _ in range(trial.suggest_int("depth", 1, 3)):
        layers += [nn.Linear(last, width), nn.ReLU(), nn.Dropout(p)]
        last = width
    net = nn.Sequential(*layers, nn.Linear(last, 10))
    rate = trial.suggest_float("learning_rate", 1e-4, 3e-2, log=True)
    decay = trial.suggest_float("weight_decay", 1e-6, 1e-1, log=True)
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=decay, fused=True)
    x, x_valid, y, y_valid = arrays
    steps = len(x) // BATCH
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS * steps)
    best = 0.0
    for epoch in range(EPOCHS):
        net.train()
        for rows in torch.randperm(len(x))[: steps * BATCH].view(steps, BATCH):
            loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        net.eval()
        with torch.no_grad():
            accuracy = float((net(x_valid).argmax(1) == y_valid).float().mean())
        best = max(best, accuracy)
        trial.report(best, epoch)
        if trial.should_prune():
            raise optuna.TrialPruned
    return best


WAYS: dict[str, Callable[[Path], float]] = {
    "Danlu": danlu,
    "Optuna + plain PyTorch": lambda folder: plain(folder, pruner_of("none")),
    "Optuna + plain PyTorch, halving": lambda folder: plain(folder, pruner_of("halving")),
}


def pruner_of(name: str) -> optuna.pruners.BasePruner:
    """Return no pruner, or successive halving as one would set it by hand."""
    if name == "halving":
        return optuna.pruners.SuccessiveHalvingPruner(min_resource=3, reduction_factor=3)
    return optuna.pruners.NopPruner()


def measure(way: str) -> tuple[float, float, float]:
    """Run one way in a process of its own: seconds, best accuracy, memory in MB."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        command = [sys.executable, __file__, "--way", way, "--folder", folder]
        out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        seconds = time.perf_counter() - began
    best, memory = json.loads(out.strip().splitlines()[-1])
    return seconds, best, memory


def compare(runs: int) -> None:
    """Measure every way in turn and write the table."""
    found: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for _ in range(runs):
        for way in WAYS:
            found[way].append(measure(way))
    base = statistics.median(s for s, _, _ in found["Danlu"])
    table = [
        ("24 trials x 30 epochs on digits, 2 processes", "wall clock", "to Danlu", "best", "MB")
    ]
    for way, rows in found.items():
        seconds = [s for s, _, _ in rows]
        table.append(
            (
                way, report.spread(seconds, digits=1), f"{statistics.median(seconds) / base:.2f} x",
                f"{statistics.median(b for _, b, _ in rows):.4f}",
                f"{max(m for _, _, m in rows):.0f}",
            )
        )  # fmt: skip
    report.write(
        "Search beside Optuna", table, "MB = the largest process.",
        report.versions("torch", "optuna", "scikit-learn"),
    )  # fmt: skip


def main() -> None:
    """Read what to run."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=3)
    asked.add_argument("--way", choices=list(WAYS))
    asked.add_argument("--worker")
    asked.add_argument("--folder", type=Path)
    asked.add_argument("--seed", type=int, default=0)
    given = asked.parse_args()
    if given.worker:
        worker(given.folder, pruner_of(given.worker), given.seed)
    elif given.way:
        best = WAYS[given.way](given.folder)
        used = [
            resource.getrusage(w).ru_maxrss
            for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        ]
        print(json.dumps([best, max(used) / 1024]))
    else:
        compare(given.runs)


if __name__ == "__main__":
    main()
