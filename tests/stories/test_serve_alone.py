"""`danlu serve BUNDLE`: a bundle behind HTTP, without a workspace and without torch."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from danlu.errors import BundleError, ConflictError
from danlu.serve.gate import child_environment
from danlu.serve.log_reader import LogReader
from danlu.serve.server import listen, serve
from danlu.testing.bundles import tiny_bundle

ROW = {"distance": 900, "hour": 7, "carrier": "AA", "holiday": False}
START = """
import sys; from pathlib import Path
from danlu.serve.server import serve
serve(Path(sys.argv[1]), port=int(sys.argv[2]), log=Path(sys.argv[3]))
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("alone")
    tiny_bundle(root / "tiny", manifest={"model": "tiny@4"})
    return root


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    archive = shutil.make_archive(str(root / "bundle"), "zip", root / "tiny")
    process = subprocess.Popen(
        [sys.executable, "-c", START, archive, str(port), str(root / "log.db")],
        env=child_environment(),
    )
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20)
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        try:
            client.get("/health")
            break
        except httpx.TransportError:
            time.sleep(0.05)
    yield process, client
    client.close()
    process.kill()
    process.wait()


Server = tuple[subprocess.Popen[bytes], httpx.Client]


def test_row_goes_in_and_a_logged_decision_comes_out(server: Server, root: Path) -> None:
    answer = server[1].post("/predict", json={"rows": [ROW]}).json()
    assert answer["model"] == "tiny@4"
    (prediction,) = answer["predictions"]
    assert prediction["decision"] == prediction["label"]
    logged = LogReader(root / "log.db").get("tiny", prediction["id"])
    assert logged is not None
    assert logged.row == ROW


def test_feedback_is_joined(server: Server, root: Path) -> None:
    (prediction,) = server[1].post("/predict", json={"rows": [ROW]}).json()["predictions"]
    rows = [{"id": prediction["id"], "truth": "late"}, {"id": "nobody", "truth": "late"}]
    answer = server[1].post("/feedback", json={"rows": rows})
    counts = {"accepted": 1, "corrected": 0, "repeated": 0, "discarded": 0}
    assert answer.json() == counts | {"unknown": ["nobody"]}
    joined = list(LogReader(root / "log.db").joined("tiny"))
    assert prediction["id"] in [p.id for p in joined]


def test_wrong_type_is_a_problem_naming_row_and_column(server: Server) -> None:
    answer = server[1].post("/predict", json={"rows": [ROW, ROW | {"hour": "noon"}]})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["args"] == {"row": 1, "column": "hour"}


def test_body_beyond_the_limit_is_refused_while_it_comes(server: Server) -> None:
    answer = server[1].post("/predict", content=b" " * 10_000_001)
    assert answer.status_code == 413


def test_ready_means_a_prediction_succeeded(server: Server) -> None:
    assert server[1].get("/ready").json() == {"ready": True}


def test_openapi_shows_the_rows_of_this_model(server: Server) -> None:
    document = server[1].get("/openapi.json").json()
    body = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    row = body["schema"]["properties"]["rows"]["items"]["properties"]
    assert set(row) == set(ROW)
    example = server[1].post("/predict", json=body["example"])
    assert example.status_code == 200


def test_serving_needs_no_torch(server: Server) -> None:
    process = psutil.Process(server[0].pid)
    tree = [process, *process.children(recursive=True)]
    loaded = [m.path for p in tree for m in p.memory_maps() if "torch" in m.path]
    assert len(tree) == 2
    assert loaded == []


def test_predictor_ends_with_its_front(server: Server) -> None:
    front = psutil.Process(server[0].pid)
    (predictor,) = front.children()
    os.kill(front.pid, signal.SIGKILL)
    server[0].wait()
    psutil.wait_procs([predictor], timeout=20)
    assert not predictor.is_running() or predictor.status() == psutil.STATUS_ZOMBIE


def test_port_in_use_says_so() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(ConflictError) as caught:
            listen("127.0.0.1", other.getsockname()[1])
    assert caught.value.code == "port_in_use"
    assert "--port" in caught.value.do


def test_folder_that_is_no_bundle_is_refused_before_the_port_opens(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"manifest\.json"):
        serve(tmp_path)
