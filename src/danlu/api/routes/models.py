"""Models: registered winners, `name@version`, and their bundles."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from danlu.api.context import VIEWER, Items, Ref, Ws
from danlu.store.records import Model

router = APIRouter(prefix="/api/v1/models", tags=["models"])
CHUNK = 1 << 18


@router.get("", operation_id="list_models", openapi_extra=VIEWER)
def list_models(ws: Ws) -> Items[Model]:
    """List the models of the project."""
    return Items(items=ws.models.list())


@router.get("/{ref}", operation_id="show_model", openapi_extra=VIEWER)
def show_model(ws: Ws, ref: Ref) -> Model:
    """Show a model: its manifest, metrics, lineage and gate report."""
    return ws.models.show(ref)


@router.get(
    "/{ref}/bundle",
    operation_id="export_model",
    openapi_extra=VIEWER,
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}, "description": "The bundle."}},
)
def export_model(ws: Ws, ref: Ref) -> StreamingResponse:
    """Download the bundle: all that `danlu serve` needs, as a zip."""
    file = ws.home / "tmp" / f"export-{secrets.token_hex(16)}.zip"
    try:
        ws.models.export(ref, file)
        size = file.stat().st_size
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    headers = {
        "Content-Disposition": f'attachment; filename="{ref}.zip"',
        "Content-Length": str(size),
    }
    return StreamingResponse(_chunks(file), headers=headers, media_type="application/zip")


def _chunks(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as source:
            while chunk := source.read(CHUNK):
                yield chunk
    finally:
        file.unlink(missing_ok=True)
