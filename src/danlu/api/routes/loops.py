"""Loops: standing orders that turn feedback into the next model."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from danlu.api.context import EDITOR, VIEWER, Items, Name, Ws
from danlu.params import Params
from danlu.store.records import Json, Loop

router = APIRouter(prefix="/api/v1/loops", tags=["loops"])


class LoopBody(Params):
    """What a loop connects, and when it runs: one of every, cron, rows."""

    data: str
    experiment: str
    every: str | None = None
    """`day`, `week`, `6h`."""
    cron: str | None = None
    rows: int | None = Field(default=None, ge=1)
    zone: str | None = None
    """Time zone of the schedule, such as `Europe/Berlin`."""


@router.get("", operation_id="list_loops", openapi_extra=VIEWER)
def list_loops(ws: Ws) -> Items[Loop]:
    """List the loops of the project."""
    return Items(items=ws.loops.list())


@router.get("/{name}", operation_id="show_loop", openapi_extra=VIEWER)
def show_loop(ws: Ws, name: Name) -> Json:
    """Show the whole circle with its counts."""
    return ws.loops.show(name)


@router.put("/{name}", operation_id="set_loop", openapi_extra=EDITOR)
def set_loop(ws: Ws, name: Name, body: LoopBody) -> Loop:
    """Make or change the loop of a deployment."""
    asked = {field: getattr(body, field) for field in LoopBody.model_fields}
    return ws.loops.set(name, **{k: v for k, v in asked.items() if v is not None})


@router.delete("/{name}", operation_id="delete_loop", status_code=204, openapi_extra=EDITOR)
def delete_loop(ws: Ws, name: Name) -> Response:
    """End a loop; everything it made stays."""
    ws.loops.delete(name)
    return Response(status_code=204)


@router.post("/{name}/run", operation_id="run_loop", status_code=202, openapi_extra=EDITOR)
def run_loop(ws: Ws, name: Name) -> Loop:
    """Start a retrain now."""
    return ws.loops.run(name, wait=False)
