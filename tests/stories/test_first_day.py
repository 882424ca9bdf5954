"""The first day in a real browser: from an empty workspace to a live prediction and a loop."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from danlu.cli.replay import Server

WEB = Path(__file__).parents[2] / "web"


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("hand", "language"), [("mouse", "en"), ("keyboard", "zh")])
def test_a_person_gets_from_a_file_to_a_loop(
    hand: str, language: str, server: Server, breast_cancer: Path
) -> None:
    if not shutil.which("chromium") or not shutil.which("npm"):
        pytest.skip("no chromium or no npm on this machine: `make browser` installs it")
    with server as door:
        words = ["node", "e2e/first.mjs", "--hand", hand, "--lang", language]
        words += ["--login", server.login_link(), "--csv", str(breast_cancer)]
        walked = subprocess.run(words, cwd=WEB, capture_output=True, text=True, check=False)
        assert walked.returncode == 0, walked.stdout[-3000:] + walked.stderr[-3000:]
        network = door.networks.show("network")
        assert "layer_norm_1" in network.document["nodes"]
        assert {"dense_2.units", "drop_1.p"} <= network.space.keys()
        assert door.deployments.counts("first")["feedback"] == 1
        assert [loop.name for loop in door.loops.list()] == ["first"]
