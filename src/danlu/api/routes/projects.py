"""Projects: a team's own datasets, networks, models and keys."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from danlu.api.context import ADMIN, NAME, Items, Ws
from danlu.params import Params
from danlu.store.records import Project

router = APIRouter(prefix="/api/v1/projects", tags=["projects"])


class ProjectBody(Params):
    """A project's name."""

    name: str = Field(pattern=NAME)


@router.get("", operation_id="list_projects", openapi_extra=ADMIN)
def list_projects(ws: Ws) -> Items[Project]:
    """List the projects."""
    return Items(items=ws.projects.list())


@router.post("", operation_id="create_project", status_code=201, openapi_extra=ADMIN)
def create_project(ws: Ws, body: ProjectBody) -> Project:
    """Make a project."""
    return ws.projects.create(body.name)
