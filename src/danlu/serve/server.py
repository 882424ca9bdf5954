"""Server: one bundle behind HTTP, alone: no workspace, no torch; what `danlu serve` runs."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import uvicorn
from fastapi import FastAPI
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from danlu.errors import ConflictError, DanluError, DataError, TooLargeError
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


class Hot:
    """The two paths that matter, straight on ASGI; everything else goes to the app behind.

    Bodies go through untouched: they are the predictor's to read.
    """

    def __init__(self, app: FastAPI, predictions: Predictions, deployment: str) -> None:
        self.app, self.deployment = app, deployment
        self._paths = {"/predict": predictions.predict, "/feedback": predictions.feedback}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (called by the ASGI server)."""
        act = self._paths.get(scope["path"]) if scope["type"] == "http" else None
        if act is None or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        try:
            content = await act("default", self.deployment, await read_body(receive))
            response = answer(content)
        except DanluError as error:
            response = problem(error)
        await response(scope, receive, send)


def create_app(alone: Alone) -> Hot:
    """Make the ASGI app of one bundle; starting it starts the predictor."""
    bundle = Bundle.open(alone.folder)
    name = alone.model or str((bundle.manifest.model_extra or {}).get("model") or "model@0")
    log = Log(alone.log) if alone.log else None
    predictions = Predictions(Pool(alone.limits), log)
    deployment = name.partition("@")[0]

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        target = Target(deployment=deployment, live=name)
        try:
            await predictions.flip(target, {name: alone.folder})
            yield
        finally:
            await predictions.close()
            if log is not None:
                log.close()

    app = FastAPI(title=name, lifespan=lifespan, docs_url=None, redoc_url=None)

    @app.get("/health")
    async def health() -> dict[str, str]:
        """Say that the server lives."""
        return {"status": "ok", "model": name}

    @app.get("/ready")
    async def ready(response: Response) -> dict[str, bool]:
        """Say whether a real prediction has succeeded."""
        ready = predictions.ready()
        response.status_code = 200 if ready else 503
        return {"ready": ready}

    app.openapi = lambda: describe(name, bundle)  # type: ignore[method-assign]
    return Hot(app, predictions, deployment)


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
        async with app.app.router.lifespan_context(app.app):
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


async def read_body(receive: Receive) -> bytes:
    """Read a request's body, giving up as soon as it is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise DataError("the client has gone", code="disconnected", where="body")
        part = message.get("body", b"")
        size += len(part)
        if size > LARGEST_BODY_BYTES:
            raise TooLargeError(
                f"the body is larger than {LARGEST_BODY_BYTES} bytes",
                code="body_too_large", where="body", do="Send the rows in several requests.",
            )  # fmt: skip
        parts.append(part)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def answer(content: bytes) -> Response:
    """Wrap JSON bytes into a response."""
    return Response(content, media_type="application/json")


def problem(error: DanluError) -> Response:
    """Answer an error of ours as an RFC 9457 problem document."""
    retry = error.values.get("retry_after_s")
    return Response(
        msgspec.json.encode(error.problem(), enc_hook=str),
        status_code=error.status,
        media_type="application/problem+json",
        headers={} if retry is None else {"Retry-After": str(retry)},
    )
