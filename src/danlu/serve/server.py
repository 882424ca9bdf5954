"""Server: one bundle behind HTTP, alone: no workspace, no torch; what `danlu serve` runs."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from danlu.errors import ConflictError, DanluError, TooLargeError
from danlu.serve.bundle import Bundle, unzip
from danlu.serve.log import Log
from danlu.serve.openapi import describe
from danlu.serve.pool import Limits, Pool
from danlu.serve.predictions import LARGEST_BODY_BYTES, Predictions, Target

LOOPBACK = "127.0.0.1"
DRAIN_S = 10


@dataclass(frozen=True)
class Alone:
    """How a bundle is served without a workspace."""

    folder: Path
    model: str = ""
    """Reference named in the answers; empty = from the manifest."""
    log: Path | None = None
    """File of the prediction log; None = nothing is logged, feedback is not taken."""
    limits: Limits = field(default_factory=Limits)


class _Routes:
    """The handlers of the few paths; bodies go through untouched."""

    def __init__(self, name: str, predictions: Predictions) -> None:
        self.name, self.predictions = name, predictions

    async def predict(self, request: Request) -> Response:
        body = await read_body(request)
        return answer(await self.predictions.predict("default", self.name, body))

    async def feedback(self, request: Request) -> Response:
        body = await read_body(request)
        return answer(await self.predictions.feedback("default", self.name, body))

    async def health(self, _: Request) -> Response:
        return answer(msgspec.json.encode({"status": "ok", "model": self.name}))

    async def ready(self, _: Request) -> Response:
        ready = self.predictions.ready()
        return answer(msgspec.json.encode({"ready": ready}), status=200 if ready else 503)


def create_app(alone: Alone) -> FastAPI:
    """Make the ASGI app of one bundle; starting it starts the predictor."""
    bundle = Bundle.open(alone.folder)
    name = alone.model or str((bundle.manifest.model_extra or {}).get("model") or "model@0")
    log = Log(alone.log) if alone.log else None
    predictions = Predictions(Pool(alone.limits), log)
    routes = _Routes(name.partition("@")[0], predictions)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        target = Target(deployment=routes.name, live=name)
        try:
            await predictions.flip(target, {name: alone.folder})
            yield
        finally:
            await predictions.close()
            if log is not None:
                log.close()

    app = FastAPI(title=name, lifespan=lifespan, docs_url=None, redoc_url=None)
    # Plain routes: the body is the predictor's to read, FastAPI would decode it a second time.
    app.router.routes += [
        Route("/predict", routes.predict, methods=["POST"]),
        Route("/feedback", routes.feedback, methods=["POST"]),
        Route("/health", routes.health),
        Route("/ready", routes.ready),
    ]
    app.add_exception_handler(DanluError, problem)
    app.openapi = lambda: describe(name, bundle)  # type: ignore[method-assign]
    return app


def serve(bundle: Path, *, host: str = LOOPBACK, port: int = 8421, log: Path | None = None) -> None:
    """Serve a bundle (a folder or its zip) until interrupted.

    What is wrong with it is raised before the port opens.
    """
    with contextlib.ExitStack() as stack:
        folder = bundle
        if not bundle.is_dir():
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "bundle"
            unzip(bundle, folder)
        _serve(Alone(folder, log=log), host, port)


def _serve(alone: Alone, host: str, port: int) -> None:
    app = create_app(alone)
    door = listen(host, port)
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=DRAIN_S,
    )

    async def run() -> None:
        async with app.router.lifespan_context(app):
            await uvicorn.Server(config).serve(sockets=[door])

    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(run())


def listen(host: str, port: int) -> socket.socket:
    """Open the port, or say who may hold it."""
    door = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
    except (OSError, OverflowError) as error:
        door.close()
        raise ConflictError(
            f"cannot listen on port {port}: {getattr(error, 'strerror', None) or error}",
            code="port_in_use", where=f"{host}:{port}",
            do="Stop what uses the port, or choose another with --port.",
        ) from error  # fmt: skip
    return door


async def read_body(request: Request) -> bytes:
    """Read a request's body, giving up as soon as it is too large."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY_BYTES:
            raise TooLargeError(
                f"the body is larger than {LARGEST_BODY_BYTES} bytes",
                code="body_too_large", where="body", do="Send the rows in several requests.",
            )  # fmt: skip
        parts.append(part)
    return b"".join(parts)


def answer(content: bytes, *, status: int = 200) -> Response:
    """Wrap JSON bytes into a response."""
    return Response(content, status_code=status, media_type="application/json")


async def problem(_: Request, error: Exception) -> Response:
    """Answer an error of ours as an RFC 9457 problem document."""
    assert isinstance(error, DanluError)
    body: dict[str, Any] = error.problem()
    headers = {}
    if "retry_after_s" in error.values:
        headers["Retry-After"] = str(error.values["retry_after_s"])
    return Response(
        msgspec.json.encode(body, enc_hook=str),
        status_code=error.status,
        media_type="application/problem+json",
        headers=headers,
    )
