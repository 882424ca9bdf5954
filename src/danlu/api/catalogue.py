"""Catalogue: the kinds of each family with the schema of their parameters, for forms."""

from __future__ import annotations

import hashlib
import inspect
from typing import Annotated, Final

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from danlu.api.context import VIEWER, Items, context_of
from danlu.catalog import Catalog
from danlu.errors import NotFoundError, nearest
from danlu.params import Params
from danlu.store.records import Json

router = APIRouter(prefix="/api/v1", tags=["catalogue"])
HERE: Final = {
    "kinds": Catalog("danlu.data.kinds", Params),
    "samplers": Catalog("danlu.search.samplers", Params),
    "pruners": Catalog("danlu.search.pruners", Params),
    "triggers": Catalog("danlu.loop.triggers", Params),
}
IN_ENGINE: Final = (
    "ops", "blocks", "tasks", "optimizers", "schedules", "preprocessors", "augmentations"
)  # fmt: skip
"""Families whose kinds need torch: the engine process describes them."""


class Entry(BaseModel):
    """One kind: its name, what it is in one sentence, its parameters, and what its family adds."""

    model_config = ConfigDict(extra="allow")
    kind: str
    title: str | dict[str, str] = ""
    """Text, or text by language."""
    parameters: Json = Field(alias="schema")
    """JSON schema of the parameters; `role` says dial or size."""


@router.get(
    "/catalogue/{family}",
    operation_id="list_catalogue",
    openapi_extra=VIEWER,
    response_model=Items[Entry],
)
def list_catalogue(
    family: str, request: Request, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """List the kinds of a family; 304 when nothing differs from your ``If-None-Match``."""
    if family in IN_ENGINE:
        entries = context_of(request).engine.catalogue(family)
    elif family in HERE:
        entries = [_describe(name, kind) for name, kind in HERE[family].all().items()]
    else:
        raise NotFoundError(f"no family '{family[:80]}'", do=nearest(family, (*HERE, *IN_ENGINE)))
    items = Items[Entry](items=[Entry.model_validate(entry) for entry in entries])
    content = items.model_dump_json(by_alias=True)
    tag = f'"{hashlib.sha256(content.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if if_none_match == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="application/json")


def _describe(name: str, kind: type[Params]) -> Json:
    title = (inspect.getdoc(kind) or "").partition("\n")[0]
    return {"kind": name, "title": title, "schema": kind.model_json_schema()}
