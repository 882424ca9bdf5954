"""Every example in `examples/` runs as its first line says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(*words: str) -> str:
    found = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, timeout=120, check=False
    )
    assert found.returncode == 0, found.stderr[-2000:]
    return found.stdout


def test_from_a_table_to_a_logged_prediction(tmp_path: Path) -> None:
    table = str(tmp_path / "cancer.csv")
    run(str(EXAMPLES / "table.py"), table)
    said = run(str(EXAMPLES / "first_api.py"), table, str(tmp_path / "furnace"))
    assert "model cancer@1" in said
    assert "'accepted': 1" in said
