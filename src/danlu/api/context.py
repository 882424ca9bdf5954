"""Context: what the routes work with, and how a handler asks for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Generic, Protocol, TypeVar

from fastapi import Depends, Request
from fastapi import Path as InPath
from pydantic import BaseModel
from starlette.requests import HTTPConnection

from danlu.api.auth import Auth
from danlu.store.records import Identity, Json
from danlu.workspace.workspace import Workspace

T = TypeVar("T")
NAME = r"^[A-Za-z0-9._-]{1,128}$"
Name = Annotated[str, InPath(pattern=NAME, description="A name: letters, digits, . _ -")]
Ref = Annotated[str, InPath(pattern=r"^[A-Za-z0-9._-]{1,128}(@\d{1,9})?$")]

Access = dict[str, str]
PREDICT: Access = {"x-role": "predict"}
VIEWER: Access = {"x-role": "viewer"}
EDITOR: Access = {"x-role": "editor"}
ADMIN: Access = {"x-role": "admin"}
PUBLIC: Access = {"x-role": "public"}


class Items(BaseModel, Generic[T]):
    """A list, wrapped so that it can grow fields."""

    items: list[T]


class Serving(Protocol):
    """The hot path: raw bytes in, raw bytes out, answered when durable."""

    async def predict(self, project: str, deployment: str, body: bytes) -> bytes:
        """Answer rows with the deployment's live model."""

    async def feedback(self, project: str, deployment: str, body: bytes) -> bytes:
        """Take what really happened."""


class Engine(Protocol):
    """The process that knows torch."""

    def catalogue(self, family: str) -> list[Json]:
        """List the kinds of a family with their schemas."""


@dataclass(frozen=True)
class Limits:
    """What one request may cost."""

    json_bytes: int = 10_000_000
    upload_bytes: int = 10_000_000_000
    network_bytes: int = 256 << 20
    """Of a model file that is read for its network."""
    spare_bytes: int = 500_000_000
    """Free disk that an upload must leave."""


@dataclass(frozen=True)
class Context:
    """The parts the routes are built over."""

    workspace: Workspace
    auth: Auth
    serving: Serving
    engine: Engine
    ready: Callable[[], Awaitable[Json]]
    metrics: Callable[[], Awaitable[str]]
    page: Path
    limits: Limits = field(default_factory=Limits)


def context_of(connection: HTTPConnection) -> Context:
    """Find the context of the app that answers."""
    context = connection.app.state.context
    assert isinstance(context, Context)
    return context


def identity_of(connection: HTTPConnection) -> Identity:
    """Return who asks; the door has put it there."""
    who = connection.scope["danlu.identity"]
    assert isinstance(who, Identity)
    return who


async def workspace_of(request: Request) -> Workspace:
    """Return the workspace as seen by who asks."""
    return context_of(request).workspace.acting(identity_of(request))


Ws = Annotated[Workspace, Depends(workspace_of)]
