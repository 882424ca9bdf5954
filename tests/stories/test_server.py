"""A server tree as a person meets it: start, second start, port in use, Ctrl-C, full disk."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import danlu
from danlu.cli.replay import Server
from danlu.errors import DanluError

DANLU = [sys.executable, "-m", "danlu.cli.main"]


def call(*words: str, home: Path, feed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DANLU, *words, "--home", str(home)],
        input=feed, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_a_second_server_on_the_same_workspace_is_refused(server: Server) -> None:
    with server:
        second = call("up", "--port", "0", home=server.home)
    assert second.returncode == 1
    assert "in use by another Danlu process" in second.stderr
    assert "do: " in second.stderr
    assert "Traceback" not in second.stderr + second.stdout


def test_a_port_in_use_says_which_and_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = call("up", "--port", str(port), home=tmp_path / "furnace")
    assert found.returncode == 1
    assert str(port) in found.stderr
    assert "--port" in found.stderr


def test_ctrl_c_ends_the_whole_tree_within_five_seconds(server: Server) -> None:
    with server:
        began = time.monotonic()
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(20) in (0, 130)
        assert time.monotonic() - began < 10  # twice, for a busy machine


def test_the_whole_story_through_the_command_line(server: Server, breast_cancer: Path) -> None:
    home = server.home
    with server:
        assert "569 rows" in call("data", "add", "cancer", str(breast_cancer), home=home).stdout
        words = ["train", "cancer", "--data", "cancer", "--target", "diagnosis", "--json"]
        trained = call(*words, "--trials", "4", "--epochs", "5", "--deploy", "cancer", home=home)
        assert trained.returncode == 0, trained.stderr
        found = json.loads(trained.stdout)
        assert found["state"] == "finished"
        kinds = {row["kind"] for row in found["leaderboard"]}
        assert kinds == {"trial", "baseline"}
        page = home.parent / "report.html"
        assert call("experiment", "report", "cancer", "--to", str(page), home=home).returncode == 0
        assert "<svg" in page.read_text("utf-8")
        row = json.loads(call("data", "show", "cancer", "--json", home=home).stdout)
        assert row["rows"] == 569
        line = breast_cancer.read_text("utf-8").splitlines()
        question = dict(zip(line[0].split(","), line[1].split(","), strict=True))
        question.pop("diagnosis")
        asked = json.dumps({k: float(v) for k, v in question.items()})
        answer = json.loads(call("predict", "cancer", "-", home=home, feed=asked).stdout)
        assert answer["label"] in ("malignant", "benign")
        told = json.dumps({"id": answer["id"], "truth": "malignant"})
        said = json.loads(call("feedback", "cancer", "-", home=home, feed=told).stdout)
        assert said["accepted"] == 1
        assert "cancer@1" in call("deployment", "show", "cancer", home=home).stdout


def wait_for_epochs(home: Path, name: str) -> None:
    until = time.monotonic() + 60
    with danlu.open(home) as ws:
        while time.monotonic() < until:
            running = [e.name for e in ws.experiments.list() if e.name == name]
            if running and any(t.curve for t in ws.experiments.trials(name)):
                return
            time.sleep(0.1)
    raise AssertionError("no trial began")


def test_ctrl_c_in_a_search_leaves_it_resumable(tmp_path: Path, breast_cancer: Path) -> None:
    home = tmp_path / "furnace"
    assert call("data", "add", "cancer", str(breast_cancer), home=home).returncode == 0
    ask = ["train", "c", "--data", "cancer", "--target", "diagnosis", "--home", str(home)]
    running = subprocess.Popen(
        [*DANLU, *ask, "--trials", "12", "--epochs", "200", "--set", "recipe.patience=0"],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    wait_for_epochs(home, "c")
    running.send_signal(signal.SIGINT)
    _, words = running.communicate(timeout=30)
    assert running.returncode == 130, words
    assert "resume" in words
    resumed = call("experiment", "resume", "c", "--json", home=home)
    assert json.loads(resumed.stdout)["state"] == "finished"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 40 MB that really fills up."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_refuses_and_loses_nothing(small_disk: Path, breast_cancer: Path) -> None:
    home = small_disk / "furnace"
    with danlu.open(home) as ws:
        ws.datasets.add("cancer", breast_cancer)
        ws.experiments.run(
            "cancer", data="cancer", target="diagnosis", trials=2, epochs=2, deploy="cancer"
        )
        row = ws.datasets.rows("cancer", limit=1)[0]
        row.pop("diagnosis")
        kept = [ws.deployments.predict("cancer", [row])["predictions"][0]["id"]]
        fill(small_disk / "ballast")
        with pytest.raises(DanluError) as error:
            ask_until_refused(ws, row, kept)
        assert error.value.status == 507
        assert error.value.do
    (small_disk / "ballast").unlink()
    with danlu.open(home) as ws:
        log = {p["id"] for p in ws.deployments.predictions("cancer", limit=5000)}
        assert set(kept[-5000:]) <= log
        assert ws.deployments.predict("cancer", [row])["predictions"]


def ask_until_refused(ws: danlu.Workspace, row: dict[str, Any], kept: list[str]) -> None:
    """Ask on and on, and note what was acknowledged."""
    for _ in range(5000):
        kept += [p["id"] for p in ws.deployments.predict("cancer", [row] * 50)["predictions"]]


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(65536)):
                pass
        except OSError:
            return


def test_a_backup_of_a_running_workspace_can_be_restored(
    server: Server, breast_cancer: Path, tmp_path: Path
) -> None:
    with server as door:
        door.datasets.add("cancer", breast_cancer)
        assert call("backup", str(tmp_path / "copy"), home=server.home).returncode == 0
    assert call("restore", str(tmp_path / "copy"), home=tmp_path / "again").returncode == 0
    with danlu.open(tmp_path / "again") as ws:
        assert ws.datasets.show("cancer").rows == 569
        assert len(ws.datasets.rows("cancer", limit=5)) == 5
