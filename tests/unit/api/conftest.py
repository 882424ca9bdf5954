"""A real server in a thread: what the tests ask goes over a socket."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp

from danlu.api.app import create_app
from danlu.api.auth import SYSTEM, Auth
from danlu.api.context import Context, Limits
from danlu.api.door import ROLES, Door
from danlu.execute.local import EngineClient
from danlu.serve.log import Log
from danlu.serve.pool import Pool
from danlu.serve.predictions import Predictions
from danlu.store.records import Json, Key
from danlu.workspace.keys import digest
from danlu.workspace.workspace import Workspace

Serve = Callable[[Callable[[int], ASGIApp]], httpx.Client]


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    """Serve the app made for a free port; gives a client of it."""
    running: list[tuple[uvicorn.Server, threading.Thread, httpx.Client]] = []

    def start(make: Callable[[int], ASGIApp]) -> httpx.Client:
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        config = uvicorn.Config(
            make(port), log_level="critical", ws="websockets-sansio", lifespan="off"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False)
        running.append((server, thread, client))
        return client

    yield start
    for server, thread, client in running:
        client.close()
        server.should_exit = True
        thread.join(5)


class Running:
    """A served workspace and clients of it, one for each role."""

    def __init__(self, home: Path, serve: Callable[..., httpx.Client]) -> None:
        self.home, self.page = home, home / "page"
        (self.page / "assets").mkdir(parents=True)
        self.workspace = Workspace(home, served=True)
        self.auth = Auth(self.workspace.store, cookie="danlu_1")
        self.log = Log(home / "log" / "predictions.db")
        with self.workspace.store.begin(SYSTEM) as tx:
            for role in ROLES:
                tx.insert(
                    Key(
                        id=role, project="default", name=role, role=role, prefix="",
                        sha256=digest(f"{role}-secret"), created_at=0,
                    )
                )  # fmt: skip
        self.client = serve(self.make)

    def make(self, port: int) -> Door:
        async def ready() -> Json:
            return {"ready": False, "engine": False, "deployments": []}

        async def metrics() -> str:
            return "danlu_up 1\n"

        context = Context(
            workspace=self.workspace, auth=self.auth, serving=Predictions(Pool(), self.log),
            engine=EngineClient(self.home / "run" / "engine.sock"), ready=ready, metrics=metrics,
            page=self.page, limits=Limits(upload_bytes=100_000, spare_bytes=0),
        )  # fmt: skip
        self.door = create_app(context, hosts=(f"127.0.0.1:{port}",))
        return self.door

    def ask(self, role: str, method: str, path: str, **rest: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {role}-secret"} | dict(rest.pop("headers", {}))  # type: ignore[call-overload]
        return self.client.request(method, path, headers=headers, **rest)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., httpx.Client]
) -> Iterator[Running]:
    found = Running(tmp_path_factory.mktemp("furnace"), serve)
    yield found
    found.log.close()
    found.workspace.close()
