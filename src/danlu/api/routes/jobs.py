"""Jobs: pieces of work with a lease."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from danlu.api.context import EDITOR, VIEWER, Items, Name, Ws
from danlu.execute.usage import Usage
from danlu.store.records import Job

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])


@router.get("", operation_id="list_jobs", openapi_extra=VIEWER)
def list_jobs(ws: Ws, unfinished: bool = False) -> Items[Job]:  # noqa: FBT001, FBT002  # a query
    """List the jobs of the project, or only those that wait or are worked on."""
    return Items(items=ws.jobs.list(unfinished=unfinished))


@router.get("/usage", operation_id="show_usage", openapi_extra=VIEWER)
def show_usage(
    ws: Ws,
    since: Annotated[float | None, Query(ge=0, description="Unix seconds")] = None,
    until: Annotated[float | None, Query(ge=0, description="Unix seconds")] = None,
    points: Annotated[int, Query(ge=1, le=5000)] = 120,
) -> Items[Usage]:
    """Show what the server took of processors, memory, disk and GPUs, oldest look first."""
    return Items(items=ws.jobs.usage(since=since, until=until, points=points))


@router.get("/{id}", operation_id="show_job", openapi_extra=VIEWER)
def show_job(ws: Ws, id: Name) -> Job:  # noqa: A002  # the path's own word
    """Show one job: its state, progress, result or cause."""
    return ws.jobs.show(id)


@router.delete("/{id}", operation_id="cancel_job", openapi_extra=EDITOR)
def cancel_job(ws: Ws, id: Name) -> Job:  # noqa: A002  # the path's own word
    """Cancel a job."""
    return ws.jobs.cancel(id)
