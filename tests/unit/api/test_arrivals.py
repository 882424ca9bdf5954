"""Files that come in pieces: nothing twice, nothing lost, nothing that was not sent."""

import base64
import hashlib
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from danlu.api.app import create_app
from danlu.api.arrivals import _Piece, senders
from danlu.api.auth import SYSTEM, Auth
from danlu.api.context import Context, Limits
from danlu.api.door import Door
from danlu.api.upload import broken_disk
from danlu.errors import StorageError
from danlu.execute.local import EngineClient
from danlu.serve.log import Log
from danlu.serve.pool import Pool
from danlu.serve.predictions import Predictions
from danlu.store.records import Json, Key, Project
from danlu.workspace.keys import digest
from danlu.workspace.workspace import Workspace

CONTENT = b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(20_000))
HALF = len(CONTENT) // 2
SHA = hashlib.sha256(CONTENT).hexdigest()
WHOLE = f"sha-256=:{base64.b64encode(bytes.fromhex(SHA)).decode()}:"


class Server:
    """A served workspace, and questions by an editor of either project."""

    def __init__(self, home: Path, serve: Callable[..., httpx.Client]) -> None:
        self.home, self.workspace = home, Workspace(home, served=True)
        self.log = Log(home / "log" / "predictions.db")
        with self.workspace.store.begin(SYSTEM) as tx:
            tx.insert(Project(name="other", created_at=0))
            for project in ("default", "other"):
                tx.insert(
                    Key(
                        id=project, project=project, name=project, role="editor", prefix="",
                        sha256=digest(f"{project}-secret"), created_at=0,
                    )
                )  # fmt: skip
        self.client = serve(self.make)

    def make(self, port: int) -> Door:
        async def nothing() -> Json:
            return {}

        async def metrics() -> str:
            return ""

        context = Context(
            workspace=self.workspace, auth=Auth(self.workspace.store, cookie="c"),
            serving=Predictions(Pool(), self.log), ready=nothing, metrics=metrics,
            engine=EngineClient(self.home / "run" / "engine.sock"), page=self.home,
            limits=Limits(upload_bytes=2_000_000, spare_bytes=0),
        )  # fmt: skip
        return create_app(context, hosts=(f"127.0.0.1:{port}",))

    def ask(self, method: str, path: str, *, project: str = "default", **rest) -> httpx.Response:
        headers = {"Authorization": f"Bearer {project}-secret", **rest.pop("headers", {})}
        return self.client.request(method, f"/api/v1/datasets/{path}", headers=headers, **rest)

    def begin(self, **more: object) -> str:
        body = {"part": "a.csv", "length": len(CONTENT), **more}
        begun = self.ask("POST", "bikes/uploads", json=body)
        assert begun.status_code == 201, begun.text
        assert begun.headers["location"].endswith(begun.json()["id"])
        return f"bikes/uploads/{begun.json()['id']}"

    def send(self, path: str, offset: int, content: object, **headers: str) -> httpx.Response:
        told = {"Upload-Offset": str(offset), "Content-Type": "application/partial-upload"}
        return self.ask("PATCH", path, content=content, headers={**told, **headers})

    def finish(self, path: str, offset: int, content: bytes) -> httpx.Response:
        last = {"Upload-Complete": "?1", "Repr-Digest": WHOLE}
        return self.send(path, offset, content, **last)

    def source(self, job: str) -> Path:
        return Path(self.workspace.jobs.show(job).args["source"])

    def left(self) -> set[str]:
        return {p.name for p in (self.home / "tmp").iterdir()}


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., httpx.Client]
) -> Iterator[Server]:
    found = Server(tmp_path_factory.mktemp("arrivals"), serve)
    yield found
    found.log.close()
    found.workspace.close()


def test_pieces_become_the_file_that_a_job_imports(server: Server) -> None:
    path = server.begin(time="day", kinds={"a": "category"})
    half = server.send(path, 0, CONTENT[:HALF])
    assert (half.headers["upload-offset"], half.headers["upload-complete"]) == (str(HALF), "?0")
    done = server.finish(path, HALF, CONTENT[HALF:])
    assert done.headers["upload-complete"] == "?1"
    job = server.workspace.jobs.show(done.json()["job"])
    assert Path(job.args["source"]).read_bytes() == CONTENT
    assert (job.args["part"], job.args["time"], job.args["kinds"]) == (
        "a.csv", "day", {"a": "category"},
    )  # fmt: skip


def test_a_head_says_how_much_has_come(server: Server) -> None:
    path = server.begin()
    server.send(path, 0, CONTENT[:100])
    asked = server.ask("HEAD", path)
    told = {name: asked.headers[f"upload-{name}"] for name in ("offset", "length", "complete")}
    assert told == {"offset": "100", "length": str(len(CONTENT)), "complete": "?0"}
    assert asked.status_code == 204


@pytest.mark.parametrize("offset", [0, 99, 101])
def test_a_piece_at_another_offset_is_refused_with_the_right_one(
    server: Server, offset: int
) -> None:
    path = server.begin()
    server.send(path, 0, CONTENT[:100])
    refused = server.send(path, offset, CONTENT[100:200])
    assert (refused.status_code, refused.json()["code"]) == (409, "upload_offset")
    assert refused.json()["args"]["offset"] == 100


def test_a_piece_that_breaks_off_keeps_what_came(server: Server) -> None:
    path = server.begin()
    with pytest.raises(RuntimeError):
        server.send(path, 0, (_broken(CONTENT[:HALF])))
    until = time.monotonic() + 20
    while (come := server.ask("GET", path).json()["offset"]) == 0 and time.monotonic() < until:
        time.sleep(0.02)
    done = server.finish(path, come, CONTENT[come:])
    assert server.source(done.json()["job"]).read_bytes() == CONTENT


def _broken(content: bytes) -> Iterator[bytes]:
    yield content
    raise RuntimeError("the client goes")


def test_who_was_cut_off_writes_nothing_once_another_goes_on(server: Server) -> None:
    path = server.begin()
    host, port = server.client.base_url.host, server.client.base_url.port
    with socket.create_connection((host, port)) as old:
        head = (
            f"PATCH /api/v1/datasets/{path} HTTP/1.1\r\nHost: {host}:{port}\r\n"
            "Authorization: Bearer default-secret\r\nUpload-Offset: 0\r\n"
            f"Content-Length: {HALF}\r\nContent-Type: application/partial-upload\r\n\r\n"
        )
        old.sendall(head.encode() + b"x" * 1000)
        until = time.monotonic() + 20
        while path.rpartition("/")[2] not in senders._newest and time.monotonic() < until:
            time.sleep(0.01)
        done = server.finish(path, 0, CONTENT)
        assert done.status_code == 200
        old.sendall(b"x" * (HALF - 1000))
        assert b"409" in old.recv(1000)
    assert server.source(done.json()["job"]).read_bytes() == CONTENT


def test_what_is_more_than_announced_is_refused(server: Server) -> None:
    path = server.begin(length=100)
    refused = server.send(path, 0, CONTENT[:200])
    assert (refused.status_code, refused.json()["code"]) == (422, "upload_beyond")
    assert server.ask("GET", path).json()["offset"] <= 100


def test_a_file_that_is_not_what_was_sent_is_never_imported(server: Server) -> None:
    path = server.begin()
    refused = server.finish(path, 0, CONTENT[:-1] + b"?")
    assert (refused.status_code, refused.json()["code"]) == (422, "upload_checksum")
    gone = server.ask("GET", path)
    assert (gone.status_code, gone.json()["code"]) == (404, "upload_unknown")


def test_the_last_piece_may_not_come_before_the_others(server: Server) -> None:
    path = server.begin()
    early = server.finish(path, 0, CONTENT[:50])
    assert (early.status_code, early.json()["args"]["offset"]) == (409, 50)


def test_the_last_piece_says_a_checksum(server: Server) -> None:
    path = server.begin()
    refused = server.send(path, 0, CONTENT, **{"Upload-Complete": "?1"})
    assert (refused.status_code, refused.json()["code"]) == (422, "digest_missing")
    assert server.finish(path, len(CONTENT), b"").status_code == 200


def test_a_last_piece_whose_answer_was_lost_is_the_same_job(server: Server) -> None:
    path = server.begin()
    first = server.finish(path, 0, CONTENT)
    assert server.finish(path, len(CONTENT), b"").json() == first.json()


def test_a_crash_between_the_job_and_its_note_makes_no_second_job(server: Server) -> None:
    path = server.begin()
    first = server.finish(path, 0, CONTENT).json()
    note = server.home / "tmp" / f"incoming-{first['id']}.json"
    note.write_bytes(note.read_bytes().replace(f'"{first["job"]}"'.encode(), b"null"))
    assert server.finish(path, len(CONTENT), b"").json()["job"] == first["job"]


def test_the_same_file_announced_again_goes_on(server: Server) -> None:
    path = server.begin(sha256=SHA, part="again.csv")
    server.send(path, 0, CONTENT[:HALF])
    assert server.begin(sha256=SHA, part="again.csv") == path
    assert server.begin(sha256=SHA, part="again.csv", accept_rejects=True) != path
    listed = server.ask("GET", "bikes/uploads").json()["items"]
    assert [one["offset"] for one in listed if one["part"] == "again.csv"] == [HALF, 0]
    done = server.send(path, HALF, CONTENT[HALF:], **{"Upload-Complete": "?1"})
    assert done.status_code == 200


def test_another_project_sees_nothing_of_it(server: Server) -> None:
    path = server.begin()
    for method in ("GET", "HEAD", "PATCH", "DELETE"):
        headers = {"Upload-Offset": "0"}
        answer = server.ask(method, path, project="other", headers=headers)
        assert answer.status_code == 404
    assert server.ask("GET", "bikes/uploads", project="other").json()["items"] == []


def test_what_is_dropped_leaves_nothing(server: Server) -> None:
    before = server.left()
    path = server.begin()
    server.send(path, 0, CONTENT[:10])
    assert server.ask("DELETE", path).status_code == 204
    assert server.left() == before


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"length": 0}, 422, "empty_file"), ({"length": 2_000_001}, 413, "too_large"),
        ({"part": "../x.csv"}, 422, "request"), ({"part": "a.exe"}, 422, "form_unknown"),
        ({"sha256": "x"}, 422, "request"), ({"path": "/etc"}, 422, "request"),
    ],
)  # fmt: skip
def test_what_cannot_come_is_refused_before_it_does(
    server: Server, body: Json, status: int, code: str
) -> None:
    before = server.left()
    refused = server.ask("POST", "bikes/uploads", json={"part": "a.csv", "length": 5, **body})
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert server.left() == before


def test_a_form_that_is_none_of_ours_is_refused(server: Server) -> None:
    path = server.begin()
    refused = server.send(path, 0, b"x", **{"Content-Type": "multipart/form-data"})
    assert refused.status_code == 415


def test_a_full_disk_is_said_in_our_words() -> None:
    with Path("/dev/full").open("r+b", 0) as full:
        piece = _Piece(full, 0, 100)
        piece.take(b"x" * 100)
        with pytest.raises(StorageError) as refused, broken_disk():
            piece.write()
    assert (refused.value.status, refused.value.code) == (507, "disk_full")


def test_a_disk_with_too_little_room_takes_no_piece_but_keeps_what_came(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = server.begin()
    server.send(path, 0, CONTENT[:100])
    with monkeypatch.context() as full:
        full.setattr(Path, "open", _no_room_for_uploads)
        refused = server.send(path, 100, CONTENT[100:])
    assert (refused.status_code, refused.json()["code"]) == (507, "disk_full")
    assert server.finish(path, 100, CONTENT[100:]).status_code == 200


OPEN = Path.open


def _no_room_for_uploads(path: Path, mode: str = "r", buffering: int = -1, **rest) -> object:
    """Open a file; one that comes in lies on a full disk."""
    if path.name.startswith("upload-"):
        return OPEN(Path("/dev/full"), "r+b", 0)
    return OPEN(path, mode, buffering, **rest)


def test_what_nobody_goes_on_with_is_gone_after_a_day_but_not_what_a_job_waits_for(
    server: Server,
) -> None:
    path = server.begin()
    server.send(path, 0, CONTENT[:10])
    job = server.finish(server.begin(part="waits.csv"), 0, CONTENT).json()["job"]
    server.workspace.sweep(time.time() + 2 * 24 * 3600)
    assert server.ask("GET", path).status_code == 404
    assert server.source(job).read_bytes() == CONTENT


def test_a_project_has_so_many_on_their_way_at_most(server: Server) -> None:
    body = {"part": "a.csv", "length": 9}
    found = [
        server.ask("POST", "b/uploads", project="other", json=body).status_code for _ in range(65)
    ]
    assert (set(found[:64]), found[64]) == ({201}, 503)
