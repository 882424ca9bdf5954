"""Import: a CSV of a million rows into typed Parquet, beside pandas and polars.

Same file, same output (zstd Parquet); every run is a process of its own, in turn, from its start
to the finished file. Danlu also hashes the file, finds kinds by every row and proves that no cell
was lost; the peers get no such job, but infer types as they do by default.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import duckdb
import report

ROWS, RUNS = 1_000_000, 3
PEERS = {"pandas": "3.1.1", "polars": "2.1.0", "pyarrow": "26.0.1"}
ENVIRONMENT = Path(__file__).parent / ".envs" / "import"
TABLE = f"""
SELECT i AS row, (random() * 1000)::DECIMAL(10, 3) AS amount, (random() * 1e6)::INT AS count,
  random() AS share, 'cat' || (random() * 20)::INT AS colour, 'k' || (random() * 500)::INT AS shop,
  TIMESTAMP '2020-01-01' + INTERVAL (i) SECOND AS at, CASE WHEN random() < 0.5 THEN 'yes' ELSE 'no'
  END AS late, CASE WHEN random() < 0.05 THEN NULL ELSE random() * 3 END AS gust, random() AS x1,
  random() AS x2, (random() * 100)::INT AS x3, random() AS x4, random() AS x5,
  'some words here ' || (random() * 1000)::INT AS note FROM range({ROWS}) r(i)
"""
MEASURED = """
import json, resource, sys, time
start = time.perf_counter()
source, target = sys.argv[1:]
{body}
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([seconds, peak / 1024]))
"""
CONTENDERS = {
    "danlu": """
from pathlib import Path
from danlu.data.imported import import_file
import_file(Path(source), Path(target))
""",
    "pandas (read_csv, to_parquet)": """
import pandas
pandas.read_csv(source, parse_dates=["at"]).to_parquet(target, compression="zstd")
""",
    "pandas, pyarrow engine": """
import pandas
frame = pandas.read_csv(source, engine="pyarrow", dtype_backend="pyarrow")
frame.to_parquet(target, compression="zstd")
""",
    "polars (scan_csv, sink_parquet)": """
import polars
polars.scan_csv(source, try_parse_dates=True).sink_parquet(target, compression="zstd")
""",
}


def peers() -> Path:
    """Install the peers once, in an environment of their own; return its Python."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        venv.create(ENVIRONMENT, with_pip=True)
        wanted = [f"{name}=={version}" for name, version in PEERS.items()]
        subprocess.run([python, "-m", "pip", "install", "-q", *wanted], check=True)
    return python


def run(python: Path, body: str, source: Path, target: Path) -> tuple[float, float]:
    """Run one contender in a fresh process: seconds, peak memory in MB."""
    done = subprocess.run(
        [python, "-c", MEASURED.format(body=body), source, target],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    seconds, peak = json.loads(done.stdout.splitlines()[-1])
    return float(seconds), float(peak)


def main() -> None:
    """Measure every contender in turn, and write one table."""
    others = peers()
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in CONTENDERS}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "rows.csv"
        with duckdb.connect() as db:
            db.execute("SELECT setseed(0.5)")
            db.execute(f"COPY ({TABLE}) TO '{source}' (HEADER)")
        size = source.stat().st_size / 1e6
        for turn in range(RUNS):
            for number, (name, body) in enumerate(CONTENDERS.items()):
                python = Path(sys.executable) if name == "danlu" else others
                target = Path(folder) / f"{turn}-{number}"
                found[name].append(run(python, body, source, target))
    middle = {name: statistics.median(s for s, _ in runs) for name, runs in found.items()}
    rows = [
        (name, report.spread([s for s, _ in runs], digits=2), f"{ROWS / middle[name]:,.0f}",
         f"{max(peak for _, peak in runs):,.0f} MB", f"{middle[name] / middle['danlu']:.2f}")
        for name, runs in found.items()
    ]  # fmt: skip
    report.write(
        "Import", [("", "wall clock", "rows/s", "peak memory", "time / danlu's"), *rows],
        f"{ROWS:,} rows, 15 columns, {size:.0f} MB of CSV to zstd Parquet, imports of the libraries"
        " included.",
        report.versions("duckdb", "numpy") + "; peers: "
        + ", ".join(f"{n} {v}" for n, v in PEERS.items()) + ".",
    )  # fmt: skip


if __name__ == "__main__":
    main()
