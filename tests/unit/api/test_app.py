"""The whole API over a real workspace: who may do what, what is documented, what errors say."""

import asyncio
import time
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute

from danlu.api.app import PUBLIC, schema_of
from danlu.api.auth import SYSTEM
from danlu.api.door import ROLES, needed_role
from danlu.store.records import Dataset, Version

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def concrete(path: str) -> str:
    """Fill every parameter of a route's path."""
    return "/".join("x" if part.startswith("{") else part for part in path.split("/"))


def test_every_route_and_method_but_the_public_list_needs_an_identity(running) -> None:
    let_in = {
        f"{method} {route.path}"
        for route in running.door.routes
        if not isinstance(route, APIWebSocketRoute)
        for method in METHODS
        if running.client.request(method, concrete(route.path)).status_code != 401
    }
    assert let_in == {
        "GET /health", "GET /ready", "POST /api/v1/login", "GET /login", "HEAD /assets/{name}",
        "GET /assets/{name}", "GET /{path:page}", "HEAD /{path:page}", "HEAD /login",
    }  # fmt: skip


def test_the_public_list_is_six_endpoints(running) -> None:
    endpoints = {getattr(route, "endpoint", None) for route in running.door.routes}
    assert len(PUBLIC) == 6
    assert endpoints >= PUBLIC


def test_every_route_says_who_may_use_it(running) -> None:
    routes = [r for r in running.door.routes if isinstance(r, APIRoute)]
    silent = [r.path for r in routes if "x-role" not in (r.openapi_extra or {})]
    assert not silent


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_exactly_what_it_may(running, role: str) -> None:
    wrong = []
    for route in running.door.routes:
        if not isinstance(route, APIRoute) or route.endpoint in PUBLIC:
            continue
        if route.operation_id in ("logout", "revoke_key"):
            continue
        allowed = ROLES.index(role) >= ROLES.index(needed_role(route))  # type: ignore[arg-type]
        for method in route.methods:
            status = running.ask(role, method, concrete(route.path)).status_code
            if (status == 403) is allowed or status in (401, 500):
                wrong.append(f"{role} {method} {route.path}: {status}")
    assert not wrong


def test_only_admins_see_keys(running) -> None:
    assert running.ask("editor", "GET", "/api/v1/keys").status_code == 403
    shown = running.ask("admin", "GET", "/api/v1/keys").json()["items"]
    assert {key["sha256"] for key in shown} == {""}


def test_a_new_key_works_until_it_is_revoked(running) -> None:
    made = running.ask("admin", "POST", "/api/v1/keys", json={"name": "bob", "role": "viewer"})
    headers = {"Authorization": f"Bearer {made.json()['secret']}"}
    assert running.client.get("/api/v1/whoami", headers=headers).json()["name"] == "bob"
    running.ask("admin", "DELETE", f"/api/v1/keys/{made.json()['key']['id']}")
    assert running.client.get("/api/v1/whoami", headers=headers).status_code == 401


def test_a_login_sets_a_cookie_that_scripts_cannot_read(running) -> None:
    answer = running.client.post("/api/v1/login", json={"token": "viewer-secret"})
    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 204
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    running.client.cookies.clear()
    session = {"Cookie": cookie.partition(";")[0]}
    assert running.client.get("/api/v1/whoami", headers=session).json()["role"] == "viewer"
    assert running.client.post("/api/v1/logout", headers=session).status_code == 204
    assert running.client.get("/api/v1/whoami", headers=session).status_code == 401


def test_a_login_link_leads_home_once(running) -> None:
    link = f"/login?once={running.auth.link('admin')}"
    first, second = running.client.get(link), running.client.get(link)
    running.client.cookies.clear()
    assert (first.status_code, first.headers["location"]) == (303, "/")
    assert (second.status_code, second.headers["location"]) == (303, "/login?failed=link")
    assert "set-cookie" not in second.headers


def test_a_wrong_key_does_not_log_in(running) -> None:
    answer = running.client.post("/api/v1/login", json={"token": "wrong"})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


def test_the_openapi_document_is_whole(running) -> None:
    document = running.ask("viewer", "GET", "/api/v1/openapi.json").json()
    schemas = document["components"]["schemas"]
    references = set(_references(document))
    operations = [op for path in document["paths"].values() for op in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert {r.removeprefix("#/components/schemas/") for r in references} <= set(schemas)
    assert len(set(names)) == len(names)
    assert all("x-role" in operation for operation in operations)
    assert {"Version", "Experiment", "Trial", "Deployment", "PredictBody", "Problem"} <= set(
        schemas
    )
    assert document["openapi"].startswith("3.1")


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        yield from [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def test_a_body_that_does_not_fit_names_its_field(running) -> None:
    answer = running.ask("editor", "POST", "/api/v1/experiments", json={"name": "x", "data": "y"})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "request")
    assert problem["args"]["fields"][0]["field"] == "body.target"


def test_an_unknown_name_is_a_problem_document(running) -> None:
    answer = running.ask("viewer", "GET", "/api/v1/datasets/nothing")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_wrong_method_is_405(running) -> None:
    answer = running.ask("admin", "DELETE", "/api/v1/datasets")
    assert (answer.status_code, answer.json()["code"]) == (405, "method")


def test_a_wrong_api_path_is_a_json_404(running) -> None:
    assert running.ask("viewer", "GET", "/api/v1/nowhere").json()["code"] == "not_found"


def test_a_predict_without_a_deployment_is_404(running) -> None:
    answer = running.ask("predict", "POST", "/api/v1/deployments/x/predict", json={"rows": []})
    assert answer.status_code == 404


def test_an_unbuilt_page_says_how_to_build_it(running) -> None:
    answer = running.client.get("/")
    assert (answer.status_code, answer.text) == (503, "page not built: make web\n")


def test_deep_links_answer_with_the_page_and_assets_last(running) -> None:
    index = running.page / "index.html"
    index.write_text("<!doctype html>")
    (running.page / "assets" / "a1.js").write_text("1")
    (running.page / "early.js").write_text("2")
    deep, asset = running.client.get("/loops/delays"), running.client.get("/assets/a1.js")
    beside, missing = running.client.get("/early.js"), running.client.get("/assets/gone.js")
    login = running.client.get("/login")
    index.unlink()
    assert (deep.text, deep.headers["cache-control"]) == ("<!doctype html>", "no-cache")
    assert login.text == "<!doctype html>"
    assert asset.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in asset.headers["cache-control"]
    assert (beside.text, beside.headers["cache-control"]) == ("2", "no-cache")
    assert missing.status_code == 404


@pytest.mark.parametrize(
    "path", ["/assets/..%2findex.html", "/assets/%2e%2e/early.js", "/..%2f..%2fdanlu.db"]
)
def test_the_page_gives_no_other_file(running, path: str) -> None:
    answer = running.client.get(path)
    assert answer.status_code in (404, 503)


def put(running, path: str, content: object, **headers: str) -> httpx.Response:
    return running.ask(
        "editor", "PUT", f"/api/v1/datasets/{path}", content=content, headers=headers
    )


def uploads(running) -> list[str]:
    return [p.name for p in (running.home / "tmp").iterdir() if p.name.startswith("upload-")]


def test_an_upload_becomes_a_job(running) -> None:
    answer = put(running, "bikes/parts/a.csv", b"a,b\n1,2\n")
    assert answer.status_code == 202
    job = running.ask("viewer", "GET", f"/api/v1/jobs/{answer.json()['job']}").json()
    assert (job["kind"], job["state"]) == ("import", "queued")


@pytest.mark.parametrize(
    ("path", "content", "kind", "status"),
    [
        ("d/parts/a.csv", b"", "text/csv", 422),
        ("d/parts/a.csv", b"x" * 100_001, "text/csv", 413),
        ("d/parts/a.csv", b"a", "multipart/form-data", 415),
        ("d/parts/a.exe", b"a", "application/octet-stream", 422),
        ("d/parts/a b.csv", b"a", "text/csv", 422),
        ("d/parts/a.csv?kind=year", b"a", "text/csv", 422),
    ],
)
def test_a_bad_upload_is_refused_and_leaves_nothing(
    running, path: str, content: bytes, kind: str, status: int
) -> None:
    before = uploads(running)
    answer = put(running, path, content, **{"Content-Type": kind})
    assert answer.status_code == status
    assert uploads(running) == before


def test_an_upload_that_does_not_say_its_size_is_counted(running) -> None:
    before = uploads(running)
    chunks = (b"x" * 10_000 for _ in range(20))
    assert put(running, "d/parts/a.csv", chunks).status_code == 413
    assert uploads(running) == before


def test_an_upload_that_breaks_off_leaves_nothing(running) -> None:
    before = uploads(running)

    def broken() -> Iterator[bytes]:
        yield b"a,b\n"
        raise RuntimeError("the client goes")

    with pytest.raises(RuntimeError):
        put(running, "d/parts/a.csv", broken())
    until = time.monotonic() + 3
    while uploads(running) != before and time.monotonic() < until:
        time.sleep(0.02)
    assert uploads(running) == before


DRAWN = {"inputs": {}, "nodes": {"a": {"op": "later"}}, "outputs": {}}


def test_labels_set_by_hand_become_a_job(running) -> None:
    path, own = "/api/v1/datasets/hand/labels", {"project": "default", "name": "hand"}
    columns = [{"name": "late", "kind": "boolean"}]
    with running.workspace.store.begin(SYSTEM) as tx:
        tx.insert(Dataset(**own, version=1, created_at=0))
        tx.insert(
            Version(
                **own, version=1, parts=(), rows=0, schema_={"columns": columns}, profile={},
                hash="", created_at=0,
            )
        )  # fmt: skip
    body = {"version": 1, "column": "late", "labels": {"3": True, "4": None}, "note": "seen"}
    taken = running.ask("editor", "POST", path, json=body)
    assert taken.status_code == 202
    job = running.ask("viewer", "GET", f"/api/v1/jobs/{taken.json()['job']}").json()
    assert job["args"]["relabel"]["labels"] == [[3, True], [4, None]]
    assert job["args"]["by"] == "editor"
    assert running.ask("viewer", "POST", path, json=body).status_code == 403
    for wrong in ({"labels": {}}, {"labels": {"-1": True}}, {"version": 0}, {"extra": 1}):
        assert running.ask("editor", "POST", path, json=body | wrong).status_code == 422
    assert running.ask("editor", "POST", path, json=body | {"version": 9}).status_code == 404
    for split in ("x", "[]", '{"method": "magic"}'):
        query = {"target": "late", "split": split}
        found = running.ask("viewer", "GET", "/api/v1/datasets/hand/check", params=query)
        assert found.json()["code"] == "value_invalid"


def test_a_draft_is_kept_under_its_number(running) -> None:
    path = "/api/v1/networks/sketch/draft"
    none = running.ask("viewer", "GET", path)
    assert (none.json(), none.headers["etag"]) == (None, '"0"')
    first = running.ask(
        "editor", "PUT", path, json={"document": DRAWN, "on": 2}, headers={"If-Match": '"0"'}
    )
    assert (first.status_code, first.headers["etag"]) == (200, '"1"')
    late = running.ask(
        "editor", "PUT", path, json={"document": {**DRAWN, "outputs": {"x": "a"}}},
        headers={"If-Match": '"0"'},
    )  # fmt: skip
    assert (late.status_code, late.json()["code"]) == (409, "draft_conflict")
    assert late.json()["args"]["draft"] == first.json()
    listed = running.ask("viewer", "GET", "/api/v1/drafts").json()["items"]
    assert [(one["name"], one["on"], one["nodes"]) for one in listed] == [("sketch", 2, 1)]
    assert running.ask("viewer", "DELETE", path).status_code == 403
    gone = running.ask("editor", "DELETE", path, headers={"If-Match": '"1"'})
    assert gone.status_code == 204
    assert running.ask("viewer", "GET", path).json() is None


def test_the_catalogue_is_not_sent_twice(running) -> None:
    first = running.ask("viewer", "GET", "/api/v1/catalogue/kinds")
    again = running.ask(
        "viewer", "GET", "/api/v1/catalogue/kinds", headers={"If-None-Match": first.headers["etag"]}
    )
    assert "number" in {entry["kind"] for entry in first.json()["items"]}
    assert again.status_code == 304


def test_a_catalogue_that_needs_the_engine_waits_for_it(running) -> None:
    answer = running.ask("viewer", "GET", "/api/v1/catalogue/ops")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_readiness_tells_strangers_yes_or_no_only(running) -> None:
    assert running.client.get("/ready").json() == {"ready": False}
    assert "engine" in running.ask("viewer", "GET", "/ready").json()


def test_a_defect_of_ours_shows_no_inside(running) -> None:
    door = running.make(0)
    app = door.app
    assert isinstance(app, FastAPI)

    async def broken() -> None:
        raise ZeroDivisionError("secret inside")

    app.add_api_route("/api/v1/broken", broken, openapi_extra={"x-role": "viewer"})

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.get("/api/v1/broken")

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text


def test_the_schema_is_built_once(running) -> None:
    app = running.door.app
    assert isinstance(app, FastAPI)
    assert schema_of(app) is schema_of(app)
