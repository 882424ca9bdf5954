"""Watch: what looking into trials costs: the same training with and without, in turn.

Each run is a process of its own, watched and not watched by turns, so that a machine that slows
down slows both. What is compared is the processor time of the whole job and its wall clock.

    python benchmarks/watch.py --rows 200000 --runs 7
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import report
import torch

from danlu.testing.encoded import TASK, network, trial, write_encoded
from danlu.train.job import run

WAYS = ("not watched", "watched")
UNITS, BATCH, EPOCHS, TRIALS = 256, 256, 4, 4
Json = dict[str, Any]


def once(encoded: Path, *, watched: bool) -> Json:
    """Train one cohort; say how long it took and how often somebody looked."""
    looks = 0

    def hear(event: Json) -> None:
        nonlocal looks
        looks += event["event"] == "watched"

    with tempfile.TemporaryDirectory() as folder:
        args = {
            "encoded": str(encoded), "network": network(units=UNITS), "task": TASK,
            "recipe": {"epochs": EPOCHS, "batch_size": BATCH, "patience": 0},
            "trials": [trial(n) for n in range(TRIALS)], "checkpoint": f"{folder}/cohort",
            "together": TRIALS, "watch": f"{folder}/seen" if watched else None,
        }  # fmt: skip
        wall, busy = time.perf_counter(), time.process_time()
        run(args, hear)
        return {
            "wall_s": time.perf_counter() - wall, "busy_s": time.process_time() - busy,
            "looks": looks,
        }  # fmt: skip


def apart(encoded: Path, way: str) -> Json:
    """Do it in a process of its own."""
    words = [sys.executable, __file__, "--once", way, "--encoded", str(encoded)]
    told = subprocess.run(words, check=True, capture_output=True, text=True)
    found: Json = json.loads(told.stdout.splitlines()[-1])
    return found


def compare(rows: int, runs: int) -> None:
    """Measure both ways by turns and write the table."""
    found: dict[str, list[Json]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        encoded = write_encoded(Path(folder), rows=rows)
        for turn in range(runs):
            for way in WAYS if turn % 2 else reversed(WAYS):
                found[way].append(apart(encoded, way))
    table = [
        (way, report.spread([one["busy_s"] for one in found[way]]),
         report.spread([one["wall_s"] for one in found[way]]),
         str(round(statistics.median(one["looks"] for one in found[way]))))
        for way in WAYS
    ]  # fmt: skip
    more = [
        (
            f"difference of the {word}",
            *(_difference(found, of, c) for c in ("busy_s", "wall_s")),
            "",
        )
        for word, of in (("medians", statistics.median), ("fastest runs", min))
    ]
    report.write(
        "Watching",
        [("training", "processor", "wall clock", "looks"), *table, *more],
        f"{TRIALS} trials as one cohort, {rows:,} rows x {EPOCHS} epochs, batches of {BATCH}, "
        f"{UNITS} units, one thread; runs by turns.",
        "Wanted: < 3 %. Where single runs differ by more than that, neither line decides; looks "
        "are held to 2 % of the processor time as they are made.",
        report.versions("torch"),
    )  # fmt: skip


def _difference(
    found: dict[str, list[Json]], of: Callable[[list[float]], float], clock: str
) -> str:
    plain, watched = (of([one[clock] for one in found[way]]) for way in WAYS)
    return f"{watched / plain - 1:+.1%}"


def main() -> None:
    """Measure, or be one run."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, default=200_000)
    asked.add_argument("--runs", type=int, default=7)
    asked.add_argument("--once", choices=WAYS)
    asked.add_argument("--encoded", type=Path)
    given = asked.parse_args()
    if given.once:
        torch.set_num_threads(1)
        print(json.dumps(once(given.encoded, watched=given.once == "watched")))
    else:
        compare(given.rows, given.runs)


if __name__ == "__main__":
    main()
