"""The door: what gets in, what does not, and what every answer carries."""

import json
import time
from collections.abc import Callable

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from danlu.api.auth import SYSTEM, Auth
from danlu.api.door import HEADERS, Door, too_deep
from danlu.store.backends.memory import MemoryStore
from danlu.store.records import Key, Project
from danlu.workspace.keys import digest

KEYS = {"admin": "a-secret", "editor": "e-secret", "viewer": "v-secret", "predict": "p-secret"}


async def welcome(_: Request) -> Response:
    """Answer anyone."""
    return PlainTextResponse("welcome")


async def hello(_: Request) -> Response:
    """Answer those with a key."""
    return PlainTextResponse("hello")


async def echo(request: Request) -> Response:
    """Send the body back."""
    return JSONResponse({"size": len(await request.body())})


async def talk(socket: WebSocket) -> None:
    """Say one word."""
    await socket.accept()
    await socket.send_text("hi")
    await socket.close()


def route(path: str, endpoint: object, role: str | None, method: str = "GET") -> Route:
    made = Route(path, endpoint, methods=[method])
    if role is not None:
        made.openapi_extra = {"x-role": role}
    return made


@pytest.fixture(scope="module")
def auth() -> Auth:
    store = MemoryStore()
    with store.begin(SYSTEM) as tx:
        tx.insert(Project(name="default", created_at=0))
        for role, secret in KEYS.items():
            tx.insert(
                Key(
                    id=role, project="default", name=role, role=role, prefix=secret[:2],
                    sha256=digest(secret), created_at=0,
                    deployment="bikes" if role == "predict" else None,
                )
            )  # fmt: skip
    return Auth(store, cookie="danlu_80")


@pytest.fixture(scope="module")
def client(auth: Auth, serve: Callable[..., httpx.Client]) -> httpx.Client:
    socket = WebSocketRoute("/socket", talk)
    socket.openapi_extra = {"x-role": "viewer"}
    routes = [
        route("/open", welcome, None),
        route("/view", hello, "viewer"),
        route("/edit", echo, "editor", "POST"),
        route("/silent", hello, None),
        route("/deployments/{name}/predict", echo, "predict", "POST"),
        socket,
    ]
    app = Starlette(routes=routes)

    def make(port: int) -> ASGIApp:
        hosts = ("testserver", "testserver:80", f"127.0.0.1:{port}")
        return Door(app, routes, auth=auth, hosts=hosts, public=(welcome,), json_bytes=1000)

    client = serve(make)
    client.headers["Host"] = "testserver"
    return client


def bearer(role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {KEYS[role]}"}


def test_a_public_route_needs_no_key(client: httpx.Client) -> None:
    assert client.get("/open").text == "welcome"


def test_a_request_without_a_key_is_refused_in_our_words(client: httpx.Client) -> None:
    answer = client.get("/view")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unauthenticated"


def test_a_path_that_does_not_exist_needs_a_key_too(client: httpx.Client) -> None:
    assert client.get("/nowhere").status_code == 401
    assert client.get("/nowhere", headers=bearer("viewer")).status_code == 404


def test_a_wrong_key_is_nobody(client: httpx.Client) -> None:
    assert client.get("/view", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_a_key_in_another_scheme_is_nobody(client: httpx.Client) -> None:
    headers = {"Authorization": f"Basic {KEYS['admin']}"}
    assert client.get("/view", headers=headers).status_code == 401


def test_a_viewer_views_and_does_not_edit(client: httpx.Client) -> None:
    assert client.get("/view", headers=bearer("viewer")).status_code == 200
    refused = client.post("/edit", headers=bearer("viewer"), json={})
    assert (refused.status_code, refused.json()["args"]["needed"]) == (403, "editor")


def test_a_route_that_names_no_role_is_for_admins(client: httpx.Client) -> None:
    assert client.get("/silent", headers=bearer("editor")).status_code == 403
    assert client.get("/silent", headers=bearer("admin")).status_code == 200


def test_a_predict_key_is_good_for_its_deployment_only(client: httpx.Client) -> None:
    own = client.post("/deployments/bikes/predict", headers=bearer("predict"), json={})
    other = client.post("/deployments/cars/predict", headers=bearer("predict"), json={})
    assert (own.status_code, other.status_code) == (200, 403)


def test_a_predict_key_reads_nothing(client: httpx.Client) -> None:
    assert client.get("/view", headers=bearer("predict")).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "testserver:81", "testserver.evil.example", ""])
def test_a_foreign_host_name_is_misdirected(client: httpx.Client, host: str) -> None:
    headers = {**bearer("admin"), "Host": host}
    assert client.get("/view", headers=headers).status_code == 421


@pytest.mark.parametrize("host", ["testserver", "testserver:80", "TestServer"])
def test_our_host_names_pass_with_and_without_port(client: httpx.Client, host: str) -> None:
    assert client.get("/view", headers={**bearer("admin"), "Host": host}).status_code == 200


@pytest.mark.parametrize(
    "extra",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://testserver:81"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS", "PUT"])
def test_another_site_may_not_ask_by_any_method(
    client: httpx.Client, method: str, extra: dict[str, str]
) -> None:
    answer = client.request(method, "/view", headers={**bearer("admin"), **extra})
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_origin")


def test_our_own_page_may_ask(client: httpx.Client) -> None:
    own = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    assert client.get("/view", headers={**bearer("viewer"), **own}).status_code == 200


def socket_url(client: httpx.Client) -> str:
    return f"ws://{client.base_url.host}:{client.base_url.port}/socket"


def test_a_web_socket_of_another_site_is_refused(client: httpx.Client) -> None:
    headers = {**bearer("viewer"), "Origin": "http://evil.example"}
    with pytest.raises(InvalidStatus) as refused:
        connect(socket_url(client), additional_headers=headers, proxy=None)
    assert refused.value.response.status_code == 403


def test_a_web_socket_without_a_key_is_refused(client: httpx.Client) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(socket_url(client), proxy=None)
    assert refused.value.response.status_code == 401


def test_a_web_socket_with_a_key_talks(client: httpx.Client) -> None:
    with connect(socket_url(client), additional_headers=bearer("viewer"), proxy=None) as socket:
        assert socket.recv() == "hi"


@pytest.mark.parametrize("path", ["/view", "/nowhere"])
def test_every_answer_carries_the_security_headers(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_body_beyond_the_limit_is_too_large(client: httpx.Client) -> None:
    answer = client.post("/edit", headers=bearer("editor"), json=["x" * 2000])
    assert answer.status_code == 413


def test_a_body_that_does_not_say_its_size_is_counted(client: httpx.Client) -> None:
    chunks = iter([b"[", b"1," * 800, b"1]"])
    headers = {**bearer("editor"), "Content-Type": "application/json"}
    assert client.post("/edit", headers=headers, content=chunks).status_code == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_in_another_form_is_not_decoded(client: httpx.Client, kind: str) -> None:
    headers = {**bearer("editor"), "Content-Type": kind}
    assert client.post("/edit", headers=headers, content=b"{}").status_code == 415


def test_json_nested_too_deep_is_refused(client: httpx.Client) -> None:
    body = b"[" * 65 + b"]" * 65
    headers = {**bearer("editor"), "Content-Type": "application/json"}
    answer = client.post("/edit", headers=headers, content=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "too_deep")


@pytest.mark.parametrize(
    ("body", "deep"),
    [
        (b"[" * 64 + b"]" * 64, False),
        (b"[" * 65 + b"]" * 65, True),
        (b'[{"a":' * 33 + b"1" + b"}]" * 33, True),
        (json.dumps(["[" * 500, '"[{\\"' * 50] * 40).encode(), False),
        (json.dumps([[[]]] * 500).encode(), False),
        (b"[" * 1000, True),
    ],
)
def test_depth_is_counted_outside_strings(body: bytes, *, deep: bool) -> None:
    assert too_deep(body, 64) is deep


def test_depth_of_hostile_text_takes_linear_time() -> None:
    began = time.perf_counter()
    too_deep(b"[" * 65 + b'"' + b'\\"' * 1_000_000, 64)
    assert time.perf_counter() - began < 10  # squared, it would be hours
