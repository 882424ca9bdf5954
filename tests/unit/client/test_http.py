"""The client's errors are those the server raised; a server that is not there is named."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from danlu.client.client import connect
from danlu.client.http import wait_until
from danlu.errors import (
    BusyError,
    ConflictError,
    DanluError,
    DataError,
    InvalidError,
    NotFoundError,
    SpaceError,
    StorageError,
    TrainingError,
    UnauthenticatedError,
    error_of,
)
from danlu.store.records import Project

WORDS = ("what", "code", "where", "do")
ERRORS = [
    DataError("no column 'cnt'", where="dataset 'bikes'", do="Did you mean 'count'?", column="cnt"),
    SpaceError("no field 'unit'"),
    InvalidError("bad", code="request"),
    NotFoundError("no dataset 'x'", kind="dataset"),
    ConflictError("exists", code="exists"),
    StorageError("disk full"),
    BusyError("later", retry_after_s=1),
    UnauthenticatedError("who?"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_an_error_crosses_the_wire_unchanged(error: DanluError) -> None:
    again = error_of(error.problem())
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert (again.code, again.values) == (error.code, error.values)


def test_a_defect_of_the_server_is_an_error_of_ours() -> None:
    assert isinstance(error_of({"title": "Danlu made a mistake", "status": 500}), TrainingError)


def test_values_that_are_named_like_our_own_words_do_no_harm() -> None:
    problem = DataError("x").problem() | {
        "args": {"what": 1, "code": 2, "where": 3, "do": 4, "n": 5}
    }
    assert error_of(problem).values == {"n": 5}


def test_a_server_that_is_not_there_is_named() -> None:
    with connect("http://127.0.0.1:1", key="k") as nobody, pytest.raises(BusyError) as refused:
        nobody.datasets.list()
    assert "127.0.0.1:1" in str(refused.value)


def test_waiting_ends_with_what_was_waited_for() -> None:
    states = iter([Project(name=n, created_at=0) for n in "abc"])
    assert wait_until(lambda: next(states), lambda p: p.name == "c").name == "c"


class Foreign(BaseHTTPRequestHandler):
    """Something on the port that is no Danlu."""

    busy = 0

    def do_GET(self) -> None:
        if self.path.endswith("/keys"):
            self.give_keys()
            return
        self.send_response(502)
        self.end_headers()
        self.wfile.write(b"<html>bad gateway")

    def give_keys(self) -> None:
        """Be busy once, then answer."""
        Foreign.busy += 1
        body: object = {"items": []}
        if Foreign.busy == 1:
            body = BusyError("later", retry_after_s=0.01).problem()
        self.send_response(503 if Foreign.busy == 1 else 200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def foreign() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Foreign)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_answer_that_is_no_problem_document_is_shown(foreign: str) -> None:
    with connect(foreign) as there, pytest.raises(DanluError, match="502: <html>bad gateway"):
        there.models.list()


def test_a_question_is_asked_again_while_the_server_is_busy(foreign: str) -> None:
    with connect(foreign) as there:
        assert there.keys.list() == []
    assert Foreign.busy == 2
