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
from danlu.serve.gate import Check, Report, check, failed
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
        checks.append(failed("opens", error))
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
        "size_mb": round(sum(f.stat().st_size for f in folder.iterdir()) / 1e6, 3),
    }


def check_golden(runtime: Runtime) -> Check:
    """Compare the bundle's answers to its golden rows with those of the training side."""
    bundle = runtime.bundle
    try:
        wanted = np.array([g.answer for g in bundle.golden], dtype=np.float64)
        found = golden_answers(runtime).astype(np.float64)
        found, wanted = found.reshape(len(found), -1), wanted.reshape(len(wanted), -1)
        difference = np.abs(found - wanted)  # (rows, answers)
    except DanluError as error:
        return failed("golden", error)
    except ValueError as error:
        why = f"the golden rows cannot be answered: {error}"
        return check("golden", passed=False, detail=why, code="unanswered", why=str(error))
    tolerance = bundle.manifest.tolerance
    relative = difference / (np.abs(wanted) + ABSOLUTE_TOLERANCE / tolerance)
    relative = np.where(np.isfinite(found), relative, np.inf)
    row, column = np.unravel_index(int(relative.argmax()), relative.shape)
    here, there = f"{found[row, column]:.7g}", f"{wanted[row, column]:.7g}"
    off, most = f"{relative[row, column]:.2g}", f"{tolerance:g}"
    return check(
        "golden", passed=bool(relative.max() <= tolerance),
        detail=f"{len(found)} rows; worst is row {row}: {here} here, {there} in training "
        f"({off} relative, {most} allowed)",
        rows=len(found), row=int(row), here=here, there=there, off=off, most=most,
    )  # fmt: skip


def golden_answers(runtime: Runtime) -> np.ndarray:
    """Answer the golden rows through the same door as any request's rows: (rows, ...)."""
    return runtime.raw([g.row for g in runtime.bundle.golden])


def _check_schema(new: Bundle, old: Bundle) -> Check:
    """Refuse a column whose kind changed or another target; say which came and went."""
    kinds = {c.name: c.kind for c in new.encoder.columns()}
    before = {c.name: c.kind for c in old.encoder.columns()}
    changed = [
        {"of": "column", "name": name, "was": before[name], "is": kind}
        for name, kind in kinds.items()
        if before.get(name, kind) != kind
    ]
    for of, was, now in (
        ("target", old.decoder.target, new.decoder.target),
        ("form", old.decoder.form, new.decoder.form),
    ):
        changed += [{"of": of, "name": of, "was": was, "is": now}] if was != now else []
    come, gone = sorted(set(kinds) - set(before)), sorted(set(before) - set(kinds))
    moved = [f"new: {', '.join(come)}"] if come else []
    moved += [f"no longer used: {', '.join(gone)}"] if gone else []
    told = [f"'{c['name']}' was {c['was']}, is {c['is']}" for c in changed]
    return check(
        "schema", passed=not changed, detail="; ".join(told or moved) or "unchanged",
        code="schema_changed" if changed or moved else "schema",
        changed=changed, come=come, gone=gone,
    )  # fmt: skip


def _check_budget(name: str, found: float, budget: float, unit: str) -> Check:
    return check(
        name, passed=found <= budget, detail=f"{found:.2f} {unit}, {budget:g} allowed",
        found=f"{found:.2f}", most=f"{budget:g}",
    )  # fmt: skip


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
