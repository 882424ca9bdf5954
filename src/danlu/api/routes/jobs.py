"""Jobs: pieces of work with a lease."""

from __future__ import annotations

from fastapi import APIRouter

from danlu.api.context import EDITOR, VIEWER, Items, Name, Ws
from danlu.store.records import Job

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])


@router.get("", operation_id="list_jobs", openapi_extra=VIEWER)
def list_jobs(ws: Ws) -> Items[Job]:
    """List the jobs of the project."""
    return Items(items=ws.jobs.list())


@router.get("/{id}", operation_id="show_job", openapi_extra=VIEWER)
def show_job(ws: Ws, id: Name) -> Job:  # noqa: A002  # the path's own word
    """Show one job: its state, progress, result or cause."""
    return ws.jobs.show(id)


@router.delete("/{id}", operation_id="cancel_job", openapi_extra=EDITOR)
def cancel_job(ws: Ws, id: Name) -> Job:  # noqa: A002  # the path's own word
    """Cancel a job."""
    return ws.jobs.cancel(id)
