"""Start-up: `danlu --help`, `/health` and `/ready` of `danlu up`, memory of the front."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil
import report

from danlu.cli.session import server_of

RUNS = 5


def help_s() -> float:
    """Wall time of one `danlu --help`."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "danlu.cli.main", "--help"], check=True, capture_output=True
    )
    return time.perf_counter() - began


def answered(url: str, path: str, began: float) -> float:
    """Seconds from ``began`` until a path answers 200."""
    while time.perf_counter() - began < 60:
        try:
            if httpx.get(url + path, timeout=5).status_code == 200:
                return time.perf_counter() - began
        except httpx.HTTPError:
            pass
        time.sleep(0.01)
    raise SystemExit(f"{path} did not answer within 60 s")


def up_once() -> tuple[float, float, float, float]:
    """Start a tree on an empty folder: seconds to /health and /ready, MB of front and of the tree."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "furnace"
        began = time.perf_counter()
        words = ["-m", "danlu.cli.main", "up", "--home", str(home), "--port", "0"]
        tree = subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL)
        while (server := server_of(home)) is None:
            time.sleep(0.005)
        health = answered(server["url"], "/health", began)
        ready = answered(server["url"], "/ready", began)
        family = psutil.Process(tree.pid).children(recursive=True)
        front = next(p for p in family if "danlu.up.front" in " ".join(p.cmdline()))
        front_mb = front.memory_info().rss / 1e6
        all_mb = sum(p.memory_full_info().pss for p in [psutil.Process(tree.pid), *family]) / 1e6
        tree.terminate()
        tree.wait(15)
    return health, ready, front_mb, all_mb


def main() -> None:
    """Measure and write the table."""
    helps = [help_s() for _ in range(RUNS)]
    ups = [up_once() for _ in range(RUNS)]
    health, ready, front, tree = (list(column) for column in zip(*ups, strict=True))
    report.write(
        "Start-up",
        [
            ("what", "measured", "wanted"),
            ("`danlu --help`", report.spread(helps), "< 0.3 s"),
            ("`danlu up` to `/health`", report.spread(health), "< 2 s"),
            ("`danlu up` to `/ready` (engine warm)", report.spread(ready), "said truly"),
            ("front process, resident", report.spread(front, "MB", 0), "< 150 MB"),
            ("whole idle tree, proportional", report.spread(tree, "MB", 0), "-"),
        ],
        report.versions("torch", "fastapi", "uvicorn"),
    )


if __name__ == "__main__":
    main()
