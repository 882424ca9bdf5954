"""Front, conductor, predictor, client and the command line never load torch, measured in fact."""

import subprocess
import sys

import pytest

LIGHT = [
    "danlu.api.app", "danlu.up.front", "danlu.up.conductor", "danlu.up.launcher",
    "danlu.serve.predictor", "danlu.serve.server", "danlu.client.client",
    "danlu.workspace.workspace", "danlu.cli.main", "danlu.experiment.run",
]  # fmt: skip


@pytest.mark.parametrize("module", LIGHT)
def test_a_light_process_never_loads_torch(module: str) -> None:
    code = f"import {module}, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_help_loads_neither_database_nor_web() -> None:
    code = (
        "import danlu.cli.main, sys;"
        "sys.exit(any(m in sys.modules for m in ('sqlalchemy', 'fastapi', 'duckdb', 'numpy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
