"""A wheel built from the sources, installed where there is no Node, serves the page."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

from danlu.cli.replay import Server

ROOT = Path(__file__).parents[2]


def pip(*words: str | Path) -> None:
    """Run pip; what it says is shown when it fails."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, *map(str, words)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.timeout(180)
def test_a_wheel_without_node_serves_the_page(tmp_path: Path, monkeypatch) -> None:
    if not (ROOT / "src/danlu/web/index.html").exists():
        pytest.skip("the page is not built: `make web`")
    pip("wheel", "--no-deps", "-w", tmp_path / "dist", ".")
    (wheel,) = (tmp_path / "dist").glob("danlu-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "danlu/web/index.html" in names
    assert not [n for n in names if "node_modules" in n or n.endswith((".ts", ".tsx"))]
    pip("install", "--no-deps", "--no-index", "--target", tmp_path / "site", wheel)

    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    monkeypatch.setenv("PATH", str(tmp_path / "no-programs"))
    monkeypatch.chdir(tmp_path)
    asked = "import danlu; print(danlu.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    assert found.stdout.startswith(str(tmp_path / "site"))
    server = Server(tmp_path / "w", 0)
    with server, httpx.Client(base_url=server.login_link().split("/login")[0]) as door:
        page = door.get("/networks/any")
        script = re.search(r'<script[^>]+src="\.?/?([^"]+)"', page.text)
        assert script, page.text[:500]
        code = door.get(f"/{script[1]}")
    assert page.headers["content-type"].startswith("text/html")
    assert code.status_code == 200
    assert code.headers["content-type"].startswith("text/javascript")
