"""Datasets: named typed tables; a file comes in as one raw streamed PUT."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from danlu.api.context import EDITOR, VIEWER, Items, Name, Ws, context_of, identity_of
from danlu.api.upload import receive
from danlu.errors import InvalidError
from danlu.store.records import Dataset, Json, Version

router = APIRouter(prefix="/api/v1/datasets", tags=["datasets"])
Limit = Annotated[int, Query(ge=1, le=1000)]
AtVersion = Annotated[int | None, Query(ge=1)]


class VersionLine(BaseModel):
    """One version in the list of a dataset's versions."""

    version: int
    rows: int
    parts: int
    created_at: float


class DatasetShown(BaseModel):
    """A dataset, the version asked for, and the list of its versions."""

    dataset: Dataset
    version: Version
    versions: list[VersionLine]


class Accepted(BaseModel):
    """The file is on disk; this job imports it."""

    job: str


@router.get("", operation_id="list_datasets", openapi_extra=VIEWER)
def list_datasets(ws: Ws) -> Items[Dataset]:
    """List the datasets of the project."""
    return Items(items=ws.datasets.list())


@router.get("/{name}", operation_id="show_dataset", openapi_extra=VIEWER)
def show_dataset(ws: Ws, name: Name, version: AtVersion = None) -> DatasetShown:
    """Show one version (the newest) with its columns, parts and profile."""
    shown = ws.datasets.show(name, version=version)
    with ws.store.begin(ws.who, write=False) as tx:
        dataset = tx.get(Dataset, ws.who.project, name)
        versions = tx.all(Version, project=ws.who.project, name=name)
    lines = [
        VersionLine(version=v.version, rows=v.rows, parts=len(v.parts), created_at=v.created_at)
        for v in sorted(versions, key=lambda v: -v.version)
    ]
    return DatasetShown(dataset=dataset, version=shown, versions=lines)


@router.get("/{name}/rows", operation_id="list_dataset_rows", openapi_extra=VIEWER)
def list_rows(ws: Ws, name: Name, version: AtVersion = None, limit: Limit = 50) -> Items[Json]:
    """Show the first rows."""
    return Items(items=ws.datasets.rows(name, version=version, limit=limit))


@router.get("/{name}/rejects", operation_id="list_dataset_rejects", openapi_extra=VIEWER)
def list_rejects(ws: Ws, name: Name, version: AtVersion = None) -> Items[Json]:
    """List the rows that could not be taken: line, column, reason, text."""
    return Items(items=ws.datasets.rejects(name, version=version))


@router.put(
    "/{name}/parts/{part}",
    operation_id="add_dataset_part",
    status_code=202,
    openapi_extra={
        **EDITOR,
        "x-body": "stream",
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        },
    },
)
async def add_part(
    request: Request,
    name: Name,
    part: Name,
    time: Annotated[str | None, Query(max_length=300)] = None,
    kind: Annotated[list[str] | None, Query(max_length=1000)] = None,
    accept_rejects: bool = False,  # noqa: FBT001, FBT002  # FastAPI passes by name
) -> Accepted:
    """Take a CSV, TSV, JSONL or Parquet file (plain or gzip) as the body; a job imports it.

    The first part makes the dataset; a later one makes its next version. ``kind`` is
    ``column=kind`` and may come many times.
    """
    context, kinds = context_of(request), _kinds(kind or [])
    ws = context.workspace.acting(identity_of(request))
    file = await receive(request, ws.home / "tmp", part=part, limits=context.limits)
    try:
        job = await run_in_threadpool(
            ws.datasets.receive,
            name,
            file,
            part=part,
            time=time,
            kinds=kinds,
            accept_rejects=accept_rejects,
        )
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    return Accepted(job=job.id)


def _kinds(pairs: list[str]) -> dict[str, str]:
    split = [pair.rpartition("=") for pair in pairs]
    for column, _, kind in split:
        if not column or not kind:
            raise InvalidError("kind is not 'column=kind'", do="For example: kind=year=category")
    return {column: kind for column, _, kind in split}
