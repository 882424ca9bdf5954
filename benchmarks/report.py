"""Report: medians with spread, and the one file where every benchmark writes its table."""

from __future__ import annotations

import platform
import re
import statistics
import time
from importlib import metadata
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")


def spread(values: list[float], unit: str = "s", digits: int = 3) -> str:
    """Show the median and the range of some measurements."""
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}f} {unit} ({low:.{digits}f} .. {high:.{digits}f}, n={len(values)})"


def versions(*names: str) -> str:
    """Name what was measured, for the foot of a table."""
    parts = [f"Python {platform.python_version()}"]
    parts += [f"{name} {metadata.version(name)}" for name in names]
    return ", ".join(parts)


def write(title: str, table: list[tuple[str, ...]], *notes: str) -> None:
    """Print one table and put it into RESULTS.md under its title, replacing the older one."""
    head, *rows = table
    lines = [f"| {' | '.join(r)} |" for r in (head, tuple("---" for _ in head), *rows)]
    day = time.strftime("%Y-%m-%d")
    section = "\n".join(
        [f"## {title}", "", *lines, "", *(f"{n}  " for n in notes), f"Measured {day}.", ""]
    )
    print(section)
    old = RESULTS.read_text("utf-8") if RESULTS.exists() else "# Results\n\n"
    pattern = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.S | re.M)
    fresh = pattern.sub("", old).rstrip() + "\n\n" + section
    RESULTS.write_text(fresh, "utf-8")
