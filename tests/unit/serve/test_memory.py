"""The peak of a process is its own."""

import subprocess
import sys

import numpy as np


def test_a_child_is_not_blamed_for_its_parents_memory() -> None:
    held = np.ones(40_000_000)  # 320 MB here
    code = "from danlu.serve.memory import peak_mb; print(peak_mb())"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert held.nbytes > 3e8
    assert float(found.stdout) < 100
