"""The demo replays real flights through the public API and reports what it saw."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.timeout(400)
def test_the_demo_loses_nothing_and_ends_by_itself(tmp_path: Path) -> None:
    words = ["demo", "--fast", "--json", "--days", "8", "--home", str(tmp_path / "furnace")]
    found = subprocess.run(
        [sys.executable, "-m", "danlu.cli.main", *words],
        capture_output=True, text=True, timeout=380, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr[-2000:]
    last = json.loads(found.stdout.splitlines()[-1])
    assert last["days"] == 8
    assert last["rows"] * 2 == last["predictions"]
    assert 0.9 * last["rows"] < last["feedback"] <= last["rows"]  # cancelled flights have none
    assert last["lost"] == 0
    assert last["retrains"] == 1
    assert 0.5 < last["frozen"]["auc"] < 1
    assert 0.5 < last["live"]["auc"] < 1
