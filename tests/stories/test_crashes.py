"""Twenty random SIGKILLs under load: nothing acknowledged is lost, the search ends the same."""

from __future__ import annotations

import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

import danlu
from danlu.cli.replay import Server
from danlu.errors import DanluError

KILLS, SEED = 20, 7
ROLES = ("danlu.up.front", "danlu.up.conductor", "danlu.up.engine", "danlu.serve.predictor")


class Load(threading.Thread):
    """One client that asks, answers what it got, and keeps a journal of every 2xx."""

    def __init__(self, door: danlu.Client, rows: list[dict[str, Any]]) -> None:
        super().__init__(daemon=True)
        self.door, self.rows = door, rows
        self.predicted: list[str] = []
        self.told: dict[str, str] = {}
        self.over = threading.Event()

    def run(self) -> None:
        turn = 0
        while not self.over.is_set():
            turn += 1
            try:
                self.turn(self.rows[turn % len(self.rows)])
            except (DanluError, httpx.HTTPError):
                time.sleep(0.05)

    def turn(self, row: dict[str, Any]) -> None:
        answer = self.door.deployments.predict("cancer", [row])
        found = answer["predictions"][0]["id"]
        self.predicted.append(found)
        truth = random.Random(found).choice(["malignant", "benign"])
        self.door.deployments.feedback("cancer", [{"id": found, "truth": truth}])
        self.told[found] = truth


def victims(tree: Server) -> dict[str, list[psutil.Process]]:
    """Return the processes that may be killed, by what they are; a trainer is an engine's fork."""
    found: dict[str, list[psutil.Process]] = {}
    for process in psutil.Process(tree.process.pid).children(recursive=True):
        try:
            line, parent = " ".join(process.cmdline()), " ".join(process.parent().cmdline())
        except (psutil.Error, AttributeError):
            continue
        for role in ROLES:
            forked = role == "danlu.up.engine" and role in parent
            if role in line:
                found.setdefault("trainer" if forked else role, []).append(process)
    return found


def kill_one(tree: Server, chance: random.Random) -> str:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if not (by_role := victims(tree)):  # whoever was killed is about to come back
            time.sleep(0.05)
            continue
        role = chance.choice(sorted(by_role))
        try:
            chance.choice(by_role[role]).send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:  # a trainer may have ended since it was found
            continue
        return role
    raise AssertionError("nothing came back")


def alive_of(home: Path) -> list[str]:
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = " ".join(process.info["cmdline"] or [])
        if str(home) in line and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(line)
    return found


def table(door: danlu.Client, name: str) -> list[dict[str, Any]]:
    keep = ("number", "values", "state", "metric", "metrics", "best_epoch", "epochs")
    return [
        {k: getattr(t, k) for k in keep} | {"curve": [timeless(c) for c in t.curve]}
        for t in door.experiments.trials(name)
    ]


def timeless(point: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in point.items() if "seconds" not in k}


def logged(door: danlu.Client) -> dict[str, dict[str, Any]]:
    found: list[dict[str, Any]] = []
    before = None
    while page := door.deployments.predictions("cancer", limit=5000, before=before):
        found += page
        before = page[-1]["id"]
    ids = [p["id"] for p in found]
    assert len(ids) == len(set(ids)), "a prediction stands twice in the log"
    return {p["id"]: p for p in found}


def until_finished(door: danlu.Client, name: str, within_s: float) -> None:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        try:
            state = door.experiments.show(name).state
        except (DanluError, httpx.HTTPError):
            state = "unknown"
        if state not in ("queued", "running", "unknown"):
            break
        time.sleep(0.2)
    assert door.experiments.show(name).state == "finished"


@pytest.mark.timeout(400)
def test_twenty_kills_under_load_lose_nothing(
    tmp_path: Path, breast_cancer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = Server(tmp_path / "furnace", 0)
    chance = random.Random(SEED)
    with tree as door:
        door.datasets.add("cancer", breast_cancer)
        ask: dict[str, Any] = {
            "data": "cancer", "target": "diagnosis", "trials": 12, "epochs": 40,
            "learn_from": [],  # else the second search would begin where the first one ended
        }  # fmt: skip
        door.experiments.run("calm", **ask, deploy="cancer")
        rows = [
            {k: v for k, v in row.items() if k != "diagnosis"}
            for row in door.datasets.rows("cancer", limit=50)
        ]
        load = Load(door, rows)
        load.start()
        door.experiments.run("stormy", **ask, wait=False)
        killed = []
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.3, 1.5))
            killed.append(kill_one(tree, chance))
        until_finished(door, "stormy", 180)
        time.sleep(1.0)
        load.over.set()
        load.join(30)
        log = logged(door)
        with capsys.disabled():
            counts = {role: killed.count(role) for role in sorted(set(killed))}
            print(f"\nkilled {counts}; {len(load.predicted)} predictions, {len(load.told)} answers")
        assert len(load.predicted) > 20
        assert [i for i in load.predicted if i not in log] == []
        untold = [i for i, t in load.told.items() if (log[i]["feedback"] or {}).get("truth") != t]
        assert untold == []
        assert table(door, "stormy") == table(door, "calm")
    assert alive_of(tree.home) == []
