"""Optuna with a plain PyTorch loop: one process, or two over one study; or halving in two."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import digits
import optuna
import torch
from torch import nn


def search(folder: Path, processes: int, pruner: str) -> float:
    """Return the best accuracy found."""
    study = optuna.create_study(storage=storage(folder), study_name="digits", direction="maximize")
    if processes == 1:
        work(folder, pruner, 0, digits.TRIALS)
        return float(study.best_value)
    command = [sys.executable, __file__, "--folder", str(folder), "--pruner", pruner]
    share = str(digits.TRIALS // processes)
    workers = [
        subprocess.Popen([*command, "--share", share, "--seed", str(n)]) for n in range(processes)
    ]
    assert [w.wait() for w in workers] == [0] * processes
    return float(study.best_value)


def storage(folder: Path) -> optuna.storages.JournalStorage:
    """Return the study's storage, shared by all processes."""
    file = optuna.storages.journal.JournalFileBackend(str(folder / "journal"))
    return optuna.storages.JournalStorage(file)


def work(folder: Path, pruner: str, seed: int, share: int) -> None:
    """Train some trials, one after the other."""
    halving = optuna.pruners.SuccessiveHalvingPruner(min_resource=3, reduction_factor=3)
    study = optuna.load_study(
        study_name="digits", storage=storage(folder), sampler=optuna.samplers.TPESampler(seed=seed),
        pruner=halving if pruner == "halving" else optuna.pruners.NopPruner(),
    )  # fmt: skip
    arrays = tuple(torch.from_numpy(a) for a in digits.digits())
    study.optimize(lambda t: loop(t, arrays), n_trials=share)


def loop(trial: optuna.Trial, arrays: tuple[torch.Tensor, ...]) -> float:
    """Train one trial as one would by hand."""
    width = trial.suggest_categorical("width", digits.WIDTHS)
    layers: list[nn.Module] = []
    last, p = 64, trial.suggest_float("dropout", *digits.DROPOUT)
    for _ in range(trial.suggest_int("depth", *digits.DEPTHS)):
        layers += [nn.Linear(last, width), nn.ReLU(), nn.Dropout(p)]
        last = width
    net = nn.Sequential(*layers, nn.Linear(last, 10))
    rate = trial.suggest_float("learning_rate", *digits.RATE, log=True)
    decay = trial.suggest_float("weight_decay", *digits.DECAY, log=True)
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=decay, fused=True)
    x, x_valid, y, y_valid = arrays
    steps = len(x) // digits.BATCH
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, digits.EPOCHS * steps)
    best = 0.0
    for epoch in range(digits.EPOCHS):
        net.train()
        for rows in torch.randperm(len(x))[: steps * digits.BATCH].view(steps, digits.BATCH):
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


def main() -> None:
    """Search, or be one worker of a search."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--folder", type=Path, required=True)
    asked.add_argument("--processes", type=int, default=1)
    asked.add_argument("--pruner", choices=("none", "halving"), default="none")
    asked.add_argument("--share", type=int)
    asked.add_argument("--seed", type=int, default=0)
    given = asked.parse_args()
    if given.processes > 1 or given.share:
        torch.set_num_threads(1)
    if given.share:
        work(given.folder, given.pruner, given.seed, given.share)
    else:
        print(json.dumps({"best": search(given.folder, given.processes, given.pruner)}))


if __name__ == "__main__":
    main()
