"""Judge: the checks of the gate, run in the process that opened the bundle."""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from danlu.errors import DanluError
from danlu.serve.batch import Batch
from danlu.serve.bundle import Bundle
from danlu.serve.gate import Check, Report, check
from danlu.serve.ids import Ids
from danlu.serve.memory import peak_mb
from danlu.serve.runtime import Runtime
from danlu.serve.wire import ANSWERED, Ask

TIMED_RUNS = 50
LARGE_BATCH = 1000
ABSOLUTE_TOLERANCE = 1e-6
LARGEST_MEMORY_BYTES = 8 << 30


def judge(folder: Path, beside: Path | None) -> Report:
    """Run every check in this process; the first failure of opening ends it."""
    checks: list[Check] = []
    try:
        runtime = Runtime(Bundle.open(folder))
        checks.append(check("opens", passed=True, detail="hashes match, the model loads"))
        checks.append(check_golden(runtime))
        checks += [_check_schema(runtime.bundle, Bundle.open(beside))] if beside else []
        latency_ms = _latency_ms(runtime)
    except DanluError as error:
        checks.append(check("opens", passed=False, detail=str(error)))
        return {"passed": False, "checks": checks, "latency_ms": None, "memory_mb": None}
    memory_mb = peak_mb()
    manifest = runtime.bundle.manifest
    checks.append(_check_budget("latency", latency_ms, manifest.latency_budget_ms, "ms a row"))
    checks.append(_check_budget("memory", memory_mb, manifest.memory_budget_mb, "MB resident"))
    return {
        "passed": all(c["passed"] for c in checks),
        "checks": checks,
        "latency_ms": round(latency_ms, 3),
        "memory_mb": round(memory_mb, 1),
    }


def check_golden(runtime: Runtime) -> Check:
    """Compare the bundle's answers to its golden rows with those of the training side."""
    bundle = runtime.bundle
    try:
        wanted = np.array([g.answer for g in bundle.golden], dtype=np.float64)
        found = golden_answers(runtime).astype(np.float64)
        found, wanted = found.reshape(len(found), -1), wanted.reshape(len(wanted), -1)
        difference = np.abs(found - wanted)  # (rows, answers)
    except (DanluError, ValueError) as error:
        return check("golden", passed=False, detail=f"the golden rows cannot be answered: {error}")
    tolerance = bundle.manifest.tolerance
    relative = difference / (np.abs(wanted) + ABSOLUTE_TOLERANCE / tolerance)
    relative = np.where(np.isfinite(found), relative, np.inf)
    row, column = np.unravel_index(int(relative.argmax()), relative.shape)
    detail = (
        f"{len(found)} rows; worst is row {row}: {found[row, column]:.7g} here, "
        f"{wanted[row, column]:.7g} in training ({relative[row, column]:.2g} relative, "
        f"{tolerance:g} allowed)"
    )
    return check("golden", passed=bool(relative.max() <= tolerance), detail=detail)


def golden_answers(runtime: Runtime) -> np.ndarray:
    """Answer the golden rows through the same door as any request's rows: (rows, ...)."""
    return runtime.raw([g.row for g in runtime.bundle.golden])


def _check_schema(new: Bundle, old: Bundle) -> Check:
    """Refuse a column whose kind changed or another target; say which came and went."""
    kinds = {c.name: c.kind for c in new.encoder.columns()}
    before = {c.name: c.kind for c in old.encoder.columns()}
    changed = [
        f"'{name}' was {before[name]}, is {kind}"
        for name, kind in kinds.items()
        if before.get(name, kind) != kind
    ]
    if new.decoder.target != old.decoder.target:
        changed.append(f"target was '{old.decoder.target}', is '{new.decoder.target}'")
    if new.decoder.form != old.decoder.form:
        changed.append(f"answers were {old.decoder.form}, are {new.decoder.form}")
    come, gone = sorted(set(kinds) - set(before)), sorted(set(before) - set(kinds))
    moved = [f"new: {', '.join(come)}"] if come else []
    moved += [f"no longer used: {', '.join(gone)}"] if gone else []
    detail = "; ".join(changed or moved) or "unchanged"
    return check("schema", passed=not changed, detail=detail)


def _check_budget(name: str, found: float, budget: float, unit: str) -> Check:
    return check(name, passed=found <= budget, detail=f"{found:.2f} {unit}, {budget:g} allowed")


def _latency_ms(runtime: Runtime) -> float:
    """Return the median time of one row, JSON to JSON, after a large batch has gone through."""
    batch = Batch(runtime, model="gate@0", rng=np.random.default_rng(0))
    rows = [g.row for g in runtime.bundle.golden]
    many = [rows[i % len(rows)] for i in range(LARGE_BATCH)]
    _seconds(batch, many)
    singles = [_seconds(batch, [rows[i % len(rows)]]) for i in range(TIMED_RUNS)]
    return statistics.median(singles) * 1000


def _seconds(batch: Batch, rows: Sequence[dict[str, Any]]) -> float:
    body = msgspec.json.encode({"rows": rows})
    ask = Ask(0, Ids().prefix(0.0), b"{}", body)
    began = time.perf_counter()
    (reply,) = batch.answer([ask])
    seconds = time.perf_counter() - began
    if reply.status != ANSWERED:
        problem = msgspec.json.decode(reply.response)
        raise DanluError(f"a golden row is refused: {problem['title']}", where="golden.jsonl")
    return seconds


def main(arguments: Sequence[str], write: Callable[[str], object]) -> int:
    """Judge the bundle named on the command line and write the report as JSON."""
    parser = argparse.ArgumentParser(prog="python -m danlu.serve.judge", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--beside", type=Path)
    given = parser.parse_args(arguments)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (LARGEST_MEMORY_BYTES, LARGEST_MEMORY_BYTES))
    report = judge(given.folder, given.beside)
    write(msgspec.json.encode(report).decode() + "\n")
    return 0 if report["passed"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdout.write))
