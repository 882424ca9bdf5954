"""A file arrives whole though its connection is cut and the front is killed in the middle."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from danlu.client import upload
from danlu.client.http import Http
from danlu.client.upload import send_file
from danlu.errors import BusyError, DataError
from danlu.store.records import Job
from danlu.store.rights import itself
from danlu.workspace.workspace import Workspace

MB = 1 << 20
SIZE = 8 * MB


class Fronts:
    """One listening socket, and the front that answers on it: killed and started again."""

    def __init__(self, home: Path) -> None:
        self.home, self.listener = home, socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        number = self.listener.fileno()
        command = [sys.executable, "-m", "danlu.up.front", "--home", str(self.home)]
        self.process = subprocess.Popen(
            [*command, "--socket", str(number)], pass_fds=[number]
        )  # fmt: skip

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


class Line:
    """A wire to the front that breaks: ``at`` says after how many bytes, and what else happens."""

    def __init__(self, fronts: Fronts) -> None:
        self.fronts, self.carried = fronts, 0
        self.cuts: list[tuple[int, bool]] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self.listener.accept()
                threading.Thread(target=self._carry, args=(here,), daemon=True).start()

    def _carry(self, here: socket.socket) -> None:
        with here, socket.create_connection(("127.0.0.1", self.fronts.port)) as there:
            back = threading.Thread(target=_pump, args=(there, here), daemon=True)
            back.start()
            with suppress(OSError):
                while content := here.recv(1 << 16):
                    there.sendall(content)
                    self.carried += len(content)
                    if self.cuts and self.carried >= self.cuts[0][0]:
                        self._cut()
                        break
            for end in (there, here):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            back.join()

    def _cut(self) -> None:
        _, is_kill = self.cuts.pop(0)
        if is_kill:
            self.fronts.kill()
            self.fronts.start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while content := source.recv(1 << 16):
            sink.sendall(content)
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    fronts = Fronts(tmp_path_factory.mktemp("killed") / "furnace")
    found = Line(fronts)
    Workspace(fronts.home).close()
    host = f'hosts = ["127.0.0.1:{found.port}"]\n'
    (fronts.home / "danlu.toml").write_text(host, "utf-8")
    fronts.start()
    yield found
    fronts.kill()
    found.listener.close()
    fronts.listener.close()


@pytest.fixture
def http(line: Line, monkeypatch: pytest.MonkeyPatch) -> Iterator[Http]:
    monkeypatch.setattr(upload, "PIECE", 2 * MB)
    token = (line.fronts.home / "run" / "token").read_text("ascii")
    found = Http(f"http://127.0.0.1:{line.port}", token)
    found.get("whoami")
    yield found
    found.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "large.csv"
    row = b"%08d,some words that make the line long enough to matter\n"
    path.write_bytes(b"n,text\n" + b"".join(row % i for i in range(SIZE // 64)))
    return path


def source_of(line: Line, job: str) -> Path:
    with Workspace(line.fronts.home, served=True) as ws:  # noqa: SIM117
        with ws.store.begin(itself("test"), write=False) as tx:
            return Path(tx.get(Job, job).args["source"])


WANTED = {"part": "large.csv", "time": None, "kinds": {}, "accept_rejects": False}


def test_a_cut_line_and_a_killed_front_cost_a_piece_and_not_the_file(
    line: Line, http: Http, file: Path
) -> None:
    line.carried, line.cuts = 0, [(3 * MB, False), (6 * MB, True)]
    done = send_file(http, "datasets/d/uploads", file, WANTED)
    assert line.cuts == []
    assert source_of(line, done["job"]).read_bytes() == file.read_bytes()
    assert line.carried < file.stat().st_size + 3 * upload.PIECE


def test_who_begins_anew_goes_on_with_what_has_come(
    line: Line, http: Http, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.carried, line.cuts = 0, [(5 * MB, False)]
    with monkeypatch.context() as hasty:
        hasty.setattr(upload, "PATIENCE_S", -1.0)
        with pytest.raises(BusyError, match="run this again"):
            send_file(http, "datasets/e/uploads", file, WANTED)
    done = send_file(http, "datasets/e/uploads", file, WANTED)
    assert source_of(line, done["job"]).read_bytes() == file.read_bytes()
    assert line.carried < file.stat().st_size + 2 * upload.PIECE


def test_a_file_that_changes_while_it_is_sent_is_refused(
    line: Line, http: Http, tmp_path: Path
) -> None:
    line.cuts = []
    changing = tmp_path / "c.csv"
    changing.write_bytes(b"a\n" * MB)
    body = {**WANTED, "length": 2 * MB, "sha256": "0" * 64}
    begun = http.ask("datasets/f/uploads", body)
    with pytest.raises(DataError) as refused:
        upload._piece(http, f"datasets/f/uploads/{begun['id']}", changing, begun, "0" * 64)
    assert refused.value.code == "upload_checksum"
