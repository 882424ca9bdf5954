"""Search: 24 trials x 30 epochs on digits, beside what people use today.

Same data, split, space, budget and machine; every run is a process of its own, in turn, from its
start to the best model known. Width and depth of the network are in the space. Ray Tune and
KerasTuner get environments of their own below a cache folder; if one cannot be installed, the
reason is printed and it is left out.

    python benchmarks/search.py --runs 3            # everything
    python benchmarks/search.py --only "Danlu"      # ways whose name begins so
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import psutil
import report

HERE = Path(__file__).parent
BASE = "Danlu"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "danlu-benchmarks"
AS_INSTALLED = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""What an installer compiles once must not be compiled at each start, ours or another's."""
LIMIT_S = 900
WATCHED_EVERY_S = 0.2


class Way(NamedTuple):
    """A script beside this one, its options, and what it needs that Danlu does not have."""

    script: str
    options: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()


class Run(NamedTuple):
    """One measurement."""

    seconds: float
    best: float
    megabytes: float


WAYS = {
    "Danlu": Way("search_danlu.py"),
    "Danlu, halving": Way("search_danlu.py", ("--halving",)),
    "Danlu, warm engine": Way("search_danlu.py", ("--warm",)),
    "Danlu, warm engine, halving": Way("search_danlu.py", ("--warm", "--halving")),
    "Optuna + plain PyTorch": Way("search_optuna.py"),
    "Optuna + plain PyTorch, 2 processes": Way("search_optuna.py", ("--processes", "2")),
    "Optuna + plain PyTorch, 2 processes, halving": Way(
        "search_optuna.py", ("--processes", "2", "--pruner", "halving")
    ),
    "Ray Tune": Way("search_ray.py", packages=("ray[tune]",)),
    "KerasTuner": Way(
        "search_keras.py",
        packages=("keras", "keras-tuner", "six"),
        env=(("KERAS_BACKEND", "torch"),),
    ),
}


def measure(way: Way, python: str) -> Run:
    """Run one way in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [python, str(HERE / way.script), "--folder", folder, *way.options]
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**AS_INSTALLED, **dict(way.env)},
        )  # fmt: skip
        peak = Peak(process.pid)
        out, problem = process.communicate(timeout=LIMIT_S)
        seconds = time.perf_counter() - began
        peak.over.set()
    if process.returncode:
        raise RuntimeError(problem.strip()[-2000:])
    found = json.loads(out.strip().splitlines()[-1])
    return Run(found.get("seconds", seconds), found["best"], peak.megabytes)


class Peak:
    """The most memory a process and all below it had together, each page counted once."""

    def __init__(self, pid: int) -> None:
        self.megabytes, self.over = 0.0, threading.Event()
        self._pid = pid
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self.over.wait(WATCHED_EVERY_S):
            try:
                top = psutil.Process(self._pid)
                pages = sum(_shared_out(p) for p in [top, *top.children(recursive=True)])
            except psutil.Error:
                continue
            self.megabytes = max(self.megabytes, pages / 2**20)


def _shared_out(process: psutil.Process) -> int:
    """Return what of a process's memory is its own, shared pages by their share."""
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0


def interpreter(name: str, way: Way) -> str | None:
    """Return the Python a way runs with, made if need be; None (and why) if it cannot be."""
    if not way.packages:
        return sys.executable
    home = CACHE / way.script.removesuffix(".py")
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        made = subprocess.run(
            [sys.executable, "-m", "venv", str(home)], capture_output=True, text=True
        )
        # torch, numpy and the like are those of Danlu: the same kernels for everybody.
        mine = sysconfig.get_path("purelib")
        lib = sysconfig.get_path("purelib", vars={"base": str(home)})
        Path(lib, "shared.pth").write_text(mine)
        command = [str(python), "-m", "pip", "install", "--quiet", *way.packages]
        made = (
            subprocess.run(command, capture_output=True, text=True) if not made.returncode else made
        )
        if made.returncode:
            print(f"{name} is left out: {made.stderr.strip().splitlines()[-1][:300]}")
            return None
        (home / "ready").touch()
    return str(python)


def compare(runs: int, only: str) -> None:
    """Measure every way in turn and write the table."""
    pythons = {name: interpreter(name, way) for name, way in WAYS.items() if name.startswith(only)}
    found: dict[str, list[Run]] = defaultdict(list)
    for _ in range(runs):
        for name, python in pythons.items():
            if python is not None:
                found[name].append(measure(WAYS[name], python))
                print(f"{name}: {found[name][-1]}", flush=True)
    table = [("24 trials x 30 epochs on digits", "wall clock", "to Danlu", "best accuracy", "MB")]
    base = statistics.median(r.seconds for r in found.get(BASE, next(iter(found.values()))))
    for name, rows in found.items():
        seconds = [r.seconds for r in rows]
        ratios = sorted(s / base for s in seconds)
        table.append(
            (
                name, report.spread(seconds, digits=1),
                f"{statistics.median(ratios):.2f} x ({ratios[0]:.2f} .. {ratios[-1]:.2f})",
                f"{statistics.median(r.best for r in rows):.4f}",
                f"{max(r.megabytes for r in rows):.0f}",
            )
        )  # fmt: skip
    notes = (
        "From process start to the best model known; a warm engine is one that has loaded torch, as "
        "under `danlu up`. One standard error of an accuracy here is about 0.005. MB = the whole "
        f"tree of processes at its largest, shared pages once. {os.cpu_count()} cores."
    )
    asked = (
        "Asked for: 5 x Optuna + plain PyTorch (8 x with a warm engine), 2.5 x its halving, 20 x Ray "
        "Tune and KerasTuner. Why a run falls short: docs/decisions/training-step.md."
    )
    report.write("Search", table, notes, asked, report.versions("torch", "optuna", "scikit-learn"))


def main() -> None:
    """Read what to run."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=3)
    asked.add_argument("--only", default="")
    given = asked.parse_args()
    compare(given.runs, given.only)


if __name__ == "__main__":
    main()
