"""Keys: secrets that open the API; shown once, kept as hashes, revocable."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from danlu.api.context import ADMIN, NAME, Items, Name, Ws, context_of
from danlu.params import Params
from danlu.store.records import Key, Role

router = APIRouter(prefix="/api/v1/keys", tags=["keys"])


class KeyBody(Params):
    """A key's name and right."""

    name: str = Field(pattern=NAME)
    role: Role
    deployment: str | None = Field(default=None, pattern=NAME)
    """A predict key works for this deployment only."""


class NewKey(BaseModel):
    """The key and its secret, which is never shown again."""

    key: Key
    secret: str


@router.get("", operation_id="list_keys", openapi_extra=ADMIN)
def list_keys(ws: Ws) -> Items[Key]:
    """List the keys of the project, without their hashes."""
    return Items(items=[_bare(key) for key in ws.keys.list()])


@router.post("", operation_id="create_key", status_code=201, openapi_extra=ADMIN)
def create_key(ws: Ws, body: KeyBody) -> NewKey:
    """Make a key; its secret is in this answer only."""
    key, secret = ws.keys.create(body.name, body.role, deployment=body.deployment)
    return NewKey(key=_bare(key), secret=secret)


@router.delete("/{id}", operation_id="revoke_key", openapi_extra=ADMIN)
def revoke_key(ws: Ws, id: Name, request: Request) -> Key:  # noqa: A002  # the path's own word
    """Revoke a key: it opens nothing from now on."""
    key = ws.keys.revoke(id)
    context_of(request).auth.forget()
    return _bare(key)


def _bare(key: Key) -> Key:
    return key.model_copy(update={"sha256": ""})
