"""Replay: a server of its own, and real days asked and answered through the public API."""

from __future__ import annotations

import csv
import gzip
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from rich.status import Status

import danlu
from danlu.cli import output
from danlu.cli.session import server_of
from danlu.data import samples
from danlu.errors import TrainingError

TRAIN_DAYS, RETRAIN_DAYS, EPOCHS = 60, 7, 5
LIVE, FROZEN, TARGET, TIME = "delays", "delays-frozen", "late", "departs"
ROWS_AT_ONCE, PAGE = 500, 5000
START_S, STOP_S = 60.0, 15.0
Row = dict[str, Any]


class Server:
    """`danlu up` on a folder, as a child process; its words go to a log file there."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port = home, port
        home.mkdir(parents=True, exist_ok=True)
        self.log = home / "up.log"

    def __enter__(self) -> danlu.Client:
        command = [sys.executable, "-m", "danlu.cli.main", "up", "--home", str(self.home)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port)], stdout=log, stderr=subprocess.STDOUT
            )
        until = time.monotonic() + START_S
        while (server := server_of(self.home)) is None or not self.login_link():
            if self.process.poll() is not None or time.monotonic() > until:
                raise TrainingError(
                    "the server did not start", do=self.log.read_text("utf-8")[-800:]
                )
            time.sleep(0.05)
        output.say(f"workspace {self.home}")
        output.say(f"page      {self.login_link()}")
        token = (self.home / "run" / "token").read_text("ascii").strip()
        self.door = danlu.connect(server["url"], key=token)
        return self.door

    def __exit__(self, *_: object) -> None:
        self.door.close()
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def login_link(self) -> str:
        """Return the one-use link that the server printed."""
        found = re.search(r"http\S+once=\S+", self.log.read_text("utf-8", errors="replace"))
        return found.group(0) if found else ""

    def wait(self) -> None:
        """Stay until the server ends or Ctrl-C."""
        psutil.Process(self.process.pid).wait()


def days_of(first: int) -> Iterator[tuple[date, list[Row]]]:
    """Yield the sample's days in order, after skipping ``first`` of them."""
    rows = samples.rows("flights")
    for number, (day, flights) in enumerate(groupby(rows, key=lambda r: r[TIME][:10])):
        if number >= first:
            yield date.fromisoformat(day), list(flights)


def auc(scores: list[float], truths: list[bool]) -> float:
    """Area under the ROC curve by average ranks, so that ties count half."""
    values, truth = np.asarray(scores), np.asarray(truths, dtype=bool)
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    ones, zeros = int(truth.sum()), int((~truth).sum())
    if not ones or not zeros:
        return float("nan")
    return float((ranks[truth].sum() - ones * (ones + 1) / 2) / (ones * zeros))


class Replay:
    """Sixty days to learn from, then day by day: ask, answer a day later, retrain each week."""

    def __init__(self, door: danlu.Client, home: Path) -> None:
        self.door, self.home = door, home
        self.days = days_of(0)
        self.scores: dict[str, list[float]] = {LIVE: [], FROZEN: []}
        self.truths: list[bool] = []
        self.acknowledged: dict[str, set[str]] = {LIVE: set(), FROZEN: set()}
        self.owed: list[Row] = []
        self.count = dict.fromkeys(("days", "rows", "feedback", "retrains", "promotions"), 0)

    def first_model(self) -> None:
        """Import the first sixty days, search 24 trials, put the winner online, keep a copy."""
        path = self.home / "flights-first-60-days.csv.gz"
        rows = [row for _ in range(TRAIN_DAYS) for row in next(self.days)[1]]
        with gzip.open(path, "wt", newline="", encoding="utf-8", compresslevel=1) as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        version = self.door.datasets.add("flights", path, time=TIME)
        output.say(f"data      flights version {version.version}: {version.rows:,} rows, 60 days")
        with Status("searching 24 trials", console=output.err):
            found = self.door.experiments.run(
                LIVE, data="flights", target=TARGET, trials=24, epochs=EPOCHS, deploy=LIVE
            )
        self.frozen = found.result["model"]
        output.say(f"model     {self.frozen}: test {output.cell(found.result['test'])}")
        self.door.deployments.create(FROZEN, self.frozen)
        self.door.loops.set(LIVE, data="flights", experiment=LIVE, every="week")

    def day(self) -> bool:
        """Replay one day; False when the year is over."""
        found = next(self.days, None)
        if found is None:
            return False
        day, rows = found
        self.settle()
        self.ask(rows)
        self.count["days"] += 1
        self.count["rows"] += len(rows)
        note = self.retrain() if self.count["days"] % RETRAIN_DAYS == 0 else ""
        live, frozen = (auc(self.scores[name], self.truths) for name in (LIVE, FROZEN))
        output.say(f"{day}  {len(rows):5d} flights  AUC live {live:.4f} frozen {frozen:.4f} {note}")
        return True

    def settle(self) -> None:
        """Send yesterday's answers as feedback."""
        for start in range(0, len(self.owed), ROWS_AT_ONCE):
            part = self.owed[start : start + ROWS_AT_ONCE]
            self.count["feedback"] += self.door.deployments.feedback(LIVE, part)["accepted"]
        self.owed = []

    def ask(self, rows: list[Row]) -> None:
        """Ask both deployments about a day's flights, without telling them what happened."""
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[start : start + ROWS_AT_ONCE]
            questions = [{k: v for k, v in row.items() if k != TARGET} for row in part]
            truths = [row[TARGET] for row in part]  # None: cancelled, so nobody will ever know
            for name in (LIVE, FROZEN):
                answers = self.door.deployments.predict(name, questions)["predictions"]
                self.acknowledged[name] |= {a["id"] for a in answers}
                known = [(a, t) for a, t in zip(answers, truths, strict=True) if t is not None]
                self.scores[name] += [late_probability(a) for a, _ in known]
                if name == LIVE:
                    self.owed += [{"id": a["id"], "truth": t} for a, t in known]
            self.truths += [t for t in truths if t is not None]

    def retrain(self) -> str:
        """Let the loop run once and say what it decided."""
        with Status("retraining", console=output.err):
            loop = self.door.loops.run(LIVE, wait=True)
        self.count["retrains"] += 1
        verdict = (loop.cycles[-1].get("verdict") or {}) if loop.cycles else {}
        promoted = bool(verdict.get("promoted"))
        self.count["promotions"] += promoted
        champion = self.door.deployments.show(LIVE).live
        return f"retrained: {'promoted' if promoted else 'kept'} {champion}"

    def lost(self) -> int:
        """Count predictions that were acknowledged but are not in the log."""
        return sum(len(ids - self.logged(name)) for name, ids in self.acknowledged.items())

    def logged(self, name: str) -> set[str]:
        """Read every prediction id of a deployment's log, page by page."""
        found: set[str] = set()
        before = None
        while True:
            page = self.door.deployments.predictions(name, limit=PAGE, before=before)
            found |= {p["id"] for p in page}
            if len(page) < PAGE:
                return found
            before = page[-1]["id"]

    def summary(self) -> dict[str, Any]:
        """Return what the replay saw; ``lost`` compares what was acknowledged with the log."""
        self.settle()
        live, frozen = (auc(self.scores[name], self.truths) for name in (LIVE, FROZEN))
        return {
            **{k: self.count[k] for k in ("days", "rows")},
            "predictions": sum(map(len, self.acknowledged.values())),
            "feedback": self.count["feedback"],
            "lost": self.lost(),
            **{k: self.count[k] for k in ("retrains", "promotions")},
            "frozen": {"auc": round(frozen, 4)},
            "live": {"auc": round(live, 4)},
        }


def late_probability(answer: Row) -> float:
    """Read the probability of being late from an answer."""
    return float(answer["probabilities"]["true"])
