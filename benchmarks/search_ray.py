"""Ray Tune over the same space and budget, two trials at a time; runs in a venv of its own."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import digits
import ray
import torch
from ray import tune
from ray.tune.search.optuna import OptunaSearch
from torch import nn


def train(config: dict[str, Any]) -> None:
    """Train one trial as one would by hand, telling Ray after every epoch."""
    torch.set_num_threads(1)
    x, x_valid, y, y_valid = (torch.from_numpy(a) for a in digits.digits())
    layers: list[nn.Module] = []
    last = 64
    for _ in range(config["depth"]):
        layers += [nn.Linear(last, config["width"]), nn.ReLU(), nn.Dropout(config["dropout"])]
        last = config["width"]
    net = nn.Sequential(*layers, nn.Linear(last, 10))
    optimizer = torch.optim.AdamW(
        net.parameters(), lr=config["learning_rate"], weight_decay=config["weight_decay"],
        fused=True,
    )  # fmt: skip
    steps, best = len(x) // digits.BATCH, 0.0
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, digits.EPOCHS * steps)
    for _ in range(digits.EPOCHS):
        net.train()
        for rows in torch.randperm(len(x))[: steps * digits.BATCH].view(steps, digits.BATCH):
            loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        net.eval()
        with torch.no_grad():
            best = max(best, float((net(x_valid).argmax(1) == y_valid).float().mean()))
        tune.report({"accuracy": best})


def main() -> None:
    """Search, and print the best accuracy."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--folder", type=Path, required=True)
    given = asked.parse_args()
    ray.init(num_cpus=digits.SLOTS, include_dashboard=False, log_to_driver=False)
    space = {
        "width": tune.choice(list(digits.WIDTHS)), "depth": tune.randint(1, digits.DEPTHS[1] + 1),
        "dropout": tune.uniform(*digits.DROPOUT), "learning_rate": tune.loguniform(*digits.RATE),
        "weight_decay": tune.loguniform(*digits.DECAY),
    }  # fmt: skip
    tuner = tune.Tuner(
        tune.with_resources(train, {"cpu": 1}), param_space=space,
        tune_config=tune.TuneConfig(
            metric="accuracy", mode="max", num_samples=digits.TRIALS, search_alg=OptunaSearch(),
            max_concurrent_trials=digits.SLOTS,
        ),
        run_config=tune.RunConfig(storage_path=str(given.folder.absolute()), verbose=0),
    )  # fmt: skip
    best = tuner.fit().get_best_result().metrics["accuracy"]
    print(json.dumps({"best": best}))


if __name__ == "__main__":
    main()
