"""Gate: what a bundle must pass, in a process of its own, before it may go live.

This side only starts that process, so that the front stays free of the runtime; the checks
themselves are in `danlu.serve.judge`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

TIMEOUT_S = 120.0

Report = dict[str, Any]
Check = dict[str, Any]


def run_gate(folder: Path, *, beside: Path | None = None) -> Report:
    """Judge the bundle in ``folder`` in a fresh process; ``beside`` is the one that serves now.

    Returns ``{"passed", "checks": [{"name", "passed", "detail"}], "latency_ms", "memory_mb"}``;
    a gate that crashes or hangs is a refusal like any other.
    """
    command = [sys.executable, "-m", "danlu.serve.judge", str(folder)]
    command += ["--beside", str(beside)] if beside else []
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=TIMEOUT_S, env=child_environment(), check=False
        )
    except subprocess.TimeoutExpired:
        return _refused("finishes", f"no verdict within {TIMEOUT_S:.0f} s")
    try:
        report: Report = msgspec.json.decode(done.stdout, type=dict)
    except msgspec.DecodeError:
        tail = done.stderr.decode(errors="replace").strip()[-500:]
        return _refused("finishes", f"the process ended with code {done.returncode}: {tail}")
    return report


def child_environment() -> dict[str, str]:
    """Return all a child of the front may see: no secret, one thread, little memory."""
    return {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        "LANG": "C.UTF-8",
    }


def check(name: str, *, passed: bool, detail: str) -> Check:
    """Make one entry of a report."""
    return {"name": name, "passed": passed, "detail": detail}


def _refused(name: str, detail: str) -> Report:
    failed = check(name, passed=False, detail=detail)
    return {"passed": False, "checks": [failed], "latency_ms": None, "memory_mb": None}
