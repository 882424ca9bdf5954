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

from danlu.errors import DanluError

TIMEOUT_S = 120.0
TAIL = 2000
"""Characters of a dead process's last words that are kept."""

Report = dict[str, Any]
Check = dict[str, Any]


def run_gate(folder: Path, *, beside: Path | None = None) -> Report:
    """Judge the bundle in ``folder`` in a fresh process; ``beside`` is the one that serves now.

    Returns ``{"passed", "checks": [{"name", "passed", "code", "args", "detail"}], "latency_ms",
    "memory_mb"}``; a gate that crashes or hangs is a refusal like any other.
    """
    command = [sys.executable, "-m", "danlu.serve.judge", str(folder)]
    command += ["--beside", str(beside)] if beside else []
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=TIMEOUT_S, env=child_environment(), check=False
        )
    except subprocess.TimeoutExpired:
        late = f"no verdict within {TIMEOUT_S:.0f} s"
        return _refused(
            check("finishes", passed=False, detail=late, code="late", seconds=TIMEOUT_S)
        )
    try:
        report: Report = msgspec.json.decode(done.stdout, type=dict)
    except msgspec.DecodeError:
        tail, ended = done.stderr.decode(errors="replace").strip()[-TAIL:], done.returncode
        died = f"the process ended with code {ended}: {tail}"
        return _refused(
            check("finishes", passed=False, detail=died, code="died", ended=ended, tail=tail)
        )
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


def check(name: str, *, passed: bool, detail: str, code: str = "", **args: Any) -> Check:
    """Make one entry of a report: ``code`` and ``args`` for any language, ``detail`` in English.

    >>> check("latency", passed=True, detail="0.1 ms a row, 50 allowed", found=0.1, most=50)["code"]
    'latency'
    """
    return {"name": name, "passed": passed, "code": code or name, "args": args, "detail": detail}


def failed(name: str, error: DanluError) -> Check:
    """Make the entry of a check that an error has ended."""
    problem = msgspec.json.decode(msgspec.json.encode(error.problem(), enc_hook=str))
    return check(name, passed=False, detail=str(error), code="problem", problem=problem)


def _refused(failed: Check) -> Report:
    return {"passed": False, "checks": [failed], "latency_ms": None, "memory_mb": None}
