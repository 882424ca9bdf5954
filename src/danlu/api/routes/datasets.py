"""Datasets: named typed tables; a file comes in as one raw streamed PUT."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import Annotated

from annotated_types import Interval
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from danlu.api.context import EDITOR, VIEWER, Items, Name, Ws, context_of, identity_of
from danlu.api.upload import receive
from danlu.data.bundled import Sample
from danlu.data.bundled import sample as sample_of
from danlu.data.media import media_type
from danlu.errors import InvalidError
from danlu.store.records import Dataset, Json, Version
from danlu.workspace.correcting import Correction
from danlu.workspace.relabelling import MOST_LABELS, Relabelling

router = APIRouter(prefix="/api/v1/datasets", tags=["datasets"])
RowNumber = Annotated[int, Interval(ge=0, le=2**53)]
AtVersion = Annotated[int | None, Query(ge=1)]
COLUMNS = ("part", "line", "column", "reason", "text")
MOST_DOWNLOADED = 100_000
FORMULA = tuple("=+-@\t\r")


class Changed(BaseModel):
    """What differs from the version before."""

    parts: list[str]
    """Parts that came."""
    gone: list[str]
    rows: int
    kinds: dict[str, tuple[str, str]]
    """Columns whose kind was corrected: what it was, what it is."""
    time: tuple[str | None, str | None] | tuple[()]
    """The time column that was, and the one that is; empty when it is the same."""
    labels: Json
    """Values set by hand: `{"by", "column", "rows", "note"}`; empty when none were."""


class VersionLine(BaseModel):
    """One version in the list of a dataset's versions."""

    version: int
    rows: int
    parts: int
    rejected: int
    created_at: float
    changed: Changed


class DatasetShown(BaseModel):
    """A dataset, the version asked for, and the list of its versions."""

    dataset: Dataset
    version: Version
    versions: list[VersionLine]


class Profiled(BaseModel):
    """The columns of a version, and how far its rows lie from those of another."""

    version: int
    profile: Json
    drift: Json | None
    """`{"against", "compared": "new" | "all", "rows", "columns"}`; null for a first version."""


class Checked(BaseModel):
    """What deserves a second look; codes and arguments."""

    duplicates: Json
    doubts: list[Json]
    target: Json | None
    """Split, balance and leaks, when a target was named."""


class Kinds(BaseModel):
    """What a person says the columns are."""

    model_config = ConfigDict(extra="forbid")
    kinds: dict[str, str] = Field(default={}, max_length=2000)
    time: str | None = Field(default=None, max_length=300)
    """Another time column; "" = none any more."""
    accept_rejects: bool = False


class Labels(BaseModel):
    """Values that somebody sets by hand."""

    model_config = ConfigDict(extra="forbid")
    version: int = Field(ge=1)
    """The version in which the rows were counted."""
    column: str = Field(max_length=300)
    labels: dict[Annotated[int, Field(ge=0, le=2**53)], str | float | bool | None] = Field(
        min_length=1, max_length=MOST_LABELS
    )
    """Row (from 0) and value; null = it has none, and is not learnt from."""
    note: str = Field(default="", max_length=500)
    """Why; kept with the version."""


class Doubtful(BaseModel):
    """Rows whose label others like them contradict."""

    version: int
    target: str
    rows: int
    """Rows with a label that were looked at, of `of`: each `every`-th."""
    of: int
    every: int
    found: int
    """How many are doubtful; the worst of them are `cases`."""
    classes: list[str]
    cells: list[Json]
    cases: list[Json]
    """`{"row", "truth", "said", "confidence", "own", "values"}`, the surest first."""


class Cut(BaseModel):
    """Which rows to show, and how."""

    version: int | None = Field(default=None, ge=1)
    limit: int = Field(default=50, ge=1, le=1000)
    offset: int = Field(default=0, ge=0, le=2**53)
    holds: str = Field(default="", max_length=300)
    column: str | None = Field(default=None, max_length=300)
    """Only cells of this column are searched."""
    short: bool = False


class Page(BaseModel):
    """Some rows, and with ``holds`` how many hold the text."""

    items: list[Json]
    count: int | None = None


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
    lines = [VersionLine.model_validate(line) for line in ws.datasets.versions(name)]
    return DatasetShown(dataset=dataset, version=shown, versions=lines)


@router.get("/{name}/versions", operation_id="list_dataset_versions", openapi_extra=VIEWER)
def list_versions(ws: Ws, name: Name) -> Items[VersionLine]:
    """List the versions, newest first, and what changed with each."""
    lines = [VersionLine.model_validate(line) for line in ws.datasets.versions(name)]
    return Items(items=lines)


@router.get("/{name}/profile", operation_id="profile_dataset", openapi_extra=VIEWER)
def profile(ws: Ws, name: Name, version: AtVersion = None, against: AtVersion = None) -> Profiled:
    """Describe the columns of a version, and their drift from another (the one before)."""
    return Profiled.model_validate(ws.datasets.profile(name, version, against))


@router.get("/{name}/check", operation_id="check_dataset", openapi_extra=VIEWER)
def check(
    ws: Ws,
    name: Name,
    version: AtVersion = None,
    target: Annotated[str | None, Query(max_length=300)] = None,
    split: Annotated[str | None, Query(max_length=1000)] = None,
) -> Checked:
    """Look for repeated rows and doubtful values; with a target at its split, balance, leaks.

    ``split`` is one to try, as JSON: `{"method": "group", "key": "user", "test": 0.2}`.
    """
    return Checked.model_validate(ws.datasets.check(name, version, target, _split(split)))


@router.get("/{name}/doubtful", operation_id="doubt_labels", openapi_extra=VIEWER)
def doubtful(
    ws: Ws,
    name: Name,
    target: Annotated[str, Query(max_length=300)],
    version: AtVersion = None,
    limit: Annotated[int, Query(ge=1, le=400)] = 100,
) -> Doubtful:
    """Name the rows whose label trees that never saw them contradict, the surest first."""
    return Doubtful.model_validate(ws.datasets.doubtful(name, target, version, limit=limit))


@router.post("/{name}/labels", operation_id="relabel", status_code=202, openapi_extra=EDITOR)
def relabel(ws: Ws, name: Name, body: Labels) -> Accepted:
    """Set the values of some rows by hand; a job makes the next version, which says who did."""
    given = {**body.model_dump(), "labels": tuple(body.labels.items())}
    return Accepted(job=ws.datasets.receive(name, Relabelling(name=name, **given)).id)


@router.get("/{name}/changes", operation_id="list_dataset_changes", openapi_extra=VIEWER)
def list_changes(ws: Ws, name: Name, version: AtVersion = None) -> Items[Json]:
    """List what was set by hand in a version: row, what it was, what it is."""
    return Items(items=ws.datasets.changes(name, version))


@router.put("/{name}/kinds", operation_id="correct_kinds", status_code=202, openapi_extra=EDITOR)
def correct_kinds(ws: Ws, name: Name, body: Kinds) -> Accepted:
    """Correct the kinds of columns, or the time column; a job makes the next version."""
    asked = Correction(name=name, **body.model_dump())
    return Accepted(job=ws.datasets.receive(name, asked).id)


@router.put(
    "/{name}/samples/{sample}", operation_id="add_sample", status_code=202, openapi_extra=EDITOR
)
def add_sample(ws: Ws, name: Name, sample: Name) -> Accepted:
    """Make a dataset of the real data that comes with Danlu; a job imports it."""
    return Accepted(job=ws.datasets.receive(name, sample_of(sample)).id)


@router.get("/{name}/rows", operation_id="list_dataset_rows", openapi_extra=VIEWER)
def list_rows(ws: Ws, name: Name, asked: Annotated[Cut, Query()]) -> Page:
    """Show rows in the order they were added; ``holds`` = those in which a cell holds the text.

    Pictures are data URIs; ``short`` makes thumbnails of them and cuts long texts.
    """
    at, cut = asked.version, asked.model_dump(include={"limit", "offset", "short"})
    if not asked.holds:
        return Page(items=ws.datasets.rows(name, at, **cut))
    found = ws.datasets.find(name, asked.holds, at, column=asked.column, **cut)
    return Page(items=found["rows"], count=found["count"])


@router.get(
    "/{name}/pictures/{row}",
    operation_id="show_picture",
    openapi_extra=VIEWER,
    response_class=Response,
    responses={200: {"content": {"image/*": {}}}, 204: {"description": "the cell is empty"}},
)
def show_picture(
    ws: Ws,
    name: Name,
    row: RowNumber,
    column: Annotated[str, Query(max_length=300)],
    version: AtVersion = None,
) -> Response:
    """Show the picture in a cell, as it is kept; rows are numbered from 0."""
    content = ws.datasets.picture(name, column, row, version)
    if content is None:
        return Response(status_code=204)
    kept = "private, max-age=31536000, immutable" if version else "no-store"
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": kept}
    return Response(content, media_type=media_type(content), headers=headers)


@router.get("/{name}/rejects", operation_id="list_dataset_rejects", openapi_extra=VIEWER)
def list_rejects(ws: Ws, name: Name, version: AtVersion = None) -> Items[Json]:
    """List the rows that could not be taken: line, column, reason, text."""
    return Items(items=ws.datasets.rejects(name, version=version))


@router.get("/{name}/rejects.csv", operation_id="download_rejects", openapi_extra=VIEWER)
def download_rejects(ws: Ws, name: Name, version: AtVersion = None) -> Response:
    """Download the rows that could not be taken, as CSV that a spreadsheet may open."""
    found = ws.datasets.rejects(name, version, limit=MOST_DOWNLOADED)
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(row.get(column)) for column in COLUMNS] for row in found)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}-rejects.csv"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response("\ufeff" + text.getvalue(), media_type="text/csv", headers=headers)


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
    """Take a CSV, TSV, JSONL or Parquet file (plain or gzip), or a zip of pictures, as the body.

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


samples = APIRouter(prefix="/api/v1", tags=["datasets"])


@samples.get("/samples", operation_id="list_samples", openapi_extra=VIEWER)
def list_samples(ws: Ws) -> Items[Sample]:
    """List the real data that comes with Danlu."""
    return Items(items=ws.datasets.samples())


router.routes.extend(samples.routes)


def _harmless(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in FORMULA else text


def _split(text: str | None) -> Json | None:
    try:
        found = json.loads(text) if text else None
    except ValueError:
        found = text
    if found is not None and not isinstance(found, dict):
        raise InvalidError(
            "split is no JSON object", code="value_invalid", field="split",
            do='For example: {"method": "group", "key": "user"}',
        )  # fmt: skip
    return found


def _kinds(pairs: list[str]) -> dict[str, str]:
    split = [pair.rpartition("=") for pair in pairs]
    for column, _, kind in split:
        if not column or not kind:
            raise InvalidError("kind is not 'column=kind'", do="For example: kind=year=category")
    return {column: kind for column, _, kind in split}
