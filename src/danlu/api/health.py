"""Health: is the process up, can it do its work, and how is it doing."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from danlu.api.context import PUBLIC, VIEWER, context_of

router = APIRouter(tags=["health"])


@router.get("/health", operation_id="health", openapi_extra=PUBLIC)
async def health() -> dict[str, str]:
    """Say that the front is up."""
    return {"status": "ok"}


@router.get("/ready", operation_id="ready", openapi_extra=PUBLIC)
async def ready(request: Request) -> Response:
    """Say whether the engine is warm and each live deployment answers a real prediction.

    Who has no key learns only yes or no.
    """
    found = await context_of(request).ready()
    body = found if request.scope["danlu.identity"] is not None else {"ready": found["ready"]}
    return JSONResponse(body, status_code=200 if found["ready"] else 503)


@router.get("/metrics", operation_id="metrics", openapi_extra=VIEWER)
async def metrics(request: Request) -> Response:
    """Give the figures of this server in Prometheus' text form."""
    return Response(
        await context_of(request).metrics(), media_type="text/plain; version=0.0.4; charset=utf-8"
    )
