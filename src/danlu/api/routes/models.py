"""Models: registered winners, `name@version`, and their bundles."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, cast

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import StreamingResponse

from danlu.api.context import EDITOR, VIEWER, Items, Ref, Ws
from danlu.store.records import Json, Model
from danlu.workspace.mistakes import Part

router = APIRouter(prefix="/api/v1/models", tags=["models"])
CHUNK = 1 << 18
ONNX = "application/octet-stream"


class Card(BaseModel):
    """A model card."""

    text: str
    """Markdown."""


class Tags(BaseModel):
    """Words on a model, to find it again."""

    model_config = ConfigDict(extra="forbid")
    tags: list[str]


@router.get("", operation_id="list_models", openapi_extra=VIEWER)
def list_models(ws: Ws) -> Items[Model]:
    """List the models of the project."""
    return Items(items=ws.models.list())


@router.get("/{ref}", operation_id="show_model", openapi_extra=VIEWER)
def show_model(ws: Ws, ref: Ref) -> Model:
    """Show a model: its manifest, metrics, lineage and gate report."""
    return ws.models.show(ref)


@router.put("/{ref}/tags", operation_id="tag_model", openapi_extra=EDITOR)
def tag_model(ws: Ws, ref: Ref, body: Tags) -> Model:
    """Put these words on a model, in place of those it had."""
    return ws.models.tag(ref, body.tags)


@router.get(
    "/{ref}/bundle",
    operation_id="export_model",
    openapi_extra=VIEWER,
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}, "description": "The bundle."}},
)
def export_model(ws: Ws, ref: Ref) -> StreamingResponse:
    """Download the bundle: all that `danlu serve` needs, as a zip."""
    return _download(ws, ref, "zip", "application/zip")


@router.get(
    "/{ref}/onnx",
    operation_id="export_onnx",
    openapi_extra=VIEWER,
    response_class=StreamingResponse,
    responses={200: {"content": {ONNX: {}}, "description": "The graph."}},
)
def export_onnx(ws: Ws, ref: Ref) -> StreamingResponse:
    """Download the graph alone, as ONNX: encoded inputs in, answers out."""
    return _download(ws, ref, "onnx", ONNX)


@router.get("/{ref}/card", operation_id="show_card", openapi_extra=VIEWER)
def show_card(ws: Ws, ref: Ref) -> Card:
    """Show the model card."""
    return Card(text=ws.models.card(ref))


@router.get("/{ref}/mistakes", operation_id="show_mistakes", openapi_extra=VIEWER)
def show_mistakes(  # noqa: PLR0913  # what the question is made of
    ws: Ws,
    ref: Ref,
    part: Annotated[str, Query(pattern="^(test|valid|new)$")] = "test",
    version: Annotated[int | None, Query(ge=1)] = None,
    truth: Annotated[str | None, Query(max_length=400)] = None,
    said: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=400)] = 50,
) -> Json:
    """Show where a model errs: figures with intervals, confusion or residuals, worst rows."""
    asked = cast(Part, part)
    return ws.models.mistakes(ref, part=asked, version=version, truth=truth, said=said, limit=limit)


def _download(ws: Ws, ref: str, suffix: str, media: str) -> StreamingResponse:
    file = ws.home / "tmp" / f"export-{secrets.token_hex(16)}.{suffix}"
    try:
        ws.models.export(ref, file)
        size = file.stat().st_size
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    headers = {
        "Content-Disposition": f'attachment; filename="{ref}.{suffix}"',
        "Content-Length": str(size),
    }
    return StreamingResponse(_chunks(file), headers=headers, media_type=media)


def _chunks(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as source:
            while chunk := source.read(CHUNK):
                yield chunk
    finally:
        file.unlink(missing_ok=True)
