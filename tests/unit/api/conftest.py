"""A real server in a thread: what the tests ask goes over a socket."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp

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
