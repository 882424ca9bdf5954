"""Page: how fast it is in a real browser: opens, shows 1,000 trials, draws 20 long curves, and more.

Every figure is a file of `web/e2e/figures`; this makes the server they are measured against (a
search of 1,000 trials is written straight into its records), runs `npm run figures`, and writes
the table. The page must be built: `npm --prefix web run build`.

    python benchmarks/page.py --runs 5 --only board,curves
"""

from __future__ import annotations

import argparse
import json
import math
import random
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import report

import danlu
from danlu.cli.replay import Server
from danlu.experiment.plan import Spec
from danlu.store.records import Experiment, Trial

WEB = Path(__file__).parents[1] / "web"
TRIALS, EPOCHS = 1_000, 30
Json = dict[str, Any]


def curve(draw: random.Random, rate: float) -> tuple[Json, ...]:
    """Return a curve that looks like one of a real search."""
    best = 0.7 + 0.25 * math.exp(-((math.log10(rate) + 2.5) ** 2))
    points = []
    for epoch in range(1, EPOCHS + 1):
        reached = best * (1 - math.exp(-epoch / 6)) + draw.gauss(0, 0.004)
        points.append(
            {"epoch": epoch, "loss": 1 - reached, "valid_loss": 1.02 - reached, "auc": reached}
        )
    return tuple(points)


def seed(home: Path) -> None:
    """Write a finished search of a thousand trials into a workspace."""
    draw, now = random.Random(3), time.time()
    plan = {"metric": "auc", "maximise": True, "task": "classification", "rows": {}}
    spec = Spec.of({"data": "rows", "target": "y", "trials": TRIALS, "epochs": EPOCHS})
    with danlu.open(home) as ws, ws.store.begin(ws.who) as tx:
        tx.insert(
            Experiment(
                project="default", name="thousand", state="finished", plan=plan,
                spec=spec.model_dump(mode="json"), created_at=now - 600, finished_at=now,
            )
        )  # fmt: skip
        for number in range(TRIALS):
            rate = 10 ** draw.uniform(-4, -1)
            points = curve(draw, rate)
            tx.insert(
                Trial(
                    project="default", experiment="thousand", number=number, batch=number // 32,
                    cohort=f"{number // 32}.{number % 4 + 1}", state="finished", curve=points,
                    values={"recipe.learning_rate": rate, "dense_1.units": draw.choice([32, 64])},
                    metric=max(p["auc"] for p in points), epochs=EPOCHS, seconds=draw.uniform(1, 9),
                )
            )  # fmt: skip


def measured(*, runs: int, only: str | None) -> list[Json]:
    """Start a server and let the browser measure against it."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "furnace"
        seed(home)
        server = Server(home, 0)
        with server as door:
            door.experiments.list()
            link = server.login_link()
            words = ["npm", "run", "--silent", "figures", "--", "--runs", str(runs)]
            words += ["--url", link.split("/login")[0], "--login", link]
            words += ["--only", only] if only else []
            told = subprocess.run(words, cwd=WEB, check=True, stdout=subprocess.PIPE, text=True)
    found: list[Json] = json.loads(told.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    """Measure and write the table."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--runs", type=int, default=5)
    asked.add_argument("--only")
    given = asked.parse_args()
    rows = [
        (one["name"], report.spread(one["values"], one["unit"], 0), one["wanted"])
        for one in measured(runs=given.runs, only=given.only)
    ]
    report.write(
        f"Page: {given.only}" if given.only else "Page",
        [("what", "measured", "wanted"), *rows],
        "Headless Chromium, software rendering, the same machine as the server.",
        report.versions("fastapi", "uvicorn"),
    )


if __name__ == "__main__":
    main()
