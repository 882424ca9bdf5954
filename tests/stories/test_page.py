"""The page in a real browser against a real server: every screen, both languages, both themes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from danlu.cli.replay import Server

WEB = Path(__file__).parents[2] / "web"


@pytest.mark.timeout(480)
def test_a_person_walks_through_every_screen(server: Server, breast_cancer: Path) -> None:
    if not shutil.which("chromium") or not shutil.which("npm"):
        pytest.skip("no chromium or no npm on this machine: `make browser` installs it")
    with server as door:
        door.datasets.add("cancer", breast_cancer)
        ask = {"data": "cancer", "target": "diagnosis", "trials": 4, "epochs": 5, "watch": True}
        door.experiments.run("cancer", **ask, deploy="cancer")
        row = door.datasets.rows("cancer", limit=1)[0]
        row.pop("diagnosis")
        found = door.deployments.predict("cancer", [row] * 3)["predictions"]
        told = [{"id": p["id"], "truth": "benign"} for p in found[:2]]
        door.deployments.feedback("cancer", told)
        door.loops.set("cancer", data="cancer", experiment="cancer", every="day")
        url = server.login_link().split("/login")[0]
        words = ["npm", "run", "--silent", "e2e", "--", "--brief"]
        words += ["--url", url, "--login", server.login_link()]
        walked = subprocess.run(words, cwd=WEB, capture_output=True, text=True, check=False)
    assert walked.returncode == 0, walked.stdout[-3000:] + walked.stderr[-3000:]
