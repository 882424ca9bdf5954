"""App: the HTTP API and the page, behind one door."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager, nullcontext
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from danlu.api import arrivals, catalogue, health, logins, page, problems, stream
from danlu.api.context import VIEWER, Context
from danlu.api.door import Door
from danlu.api.routes import (
    datasets,
    deployments,
    experiments,
    jobs,
    keys,
    loops,
    models,
    networks,
    projects,
)

ROUTERS: tuple[APIRouter, ...] = (
    deployments.router,  # first: the hot path is found at once
    *(m.router for m in (datasets, networks, experiments, models, loops, projects, keys, jobs)),
    *(m.router for m in (arrivals, catalogue, stream, logins, health)),
)
PUBLIC: frozenset[object] = frozenset(
    (health.health, health.ready, logins.login, logins.login_link, page.asset, page.page)
)
"""The only endpoints that answer without an identity."""
Life = Callable[[], AbstractAsyncContextManager[None]]
"""Entered before the first request, left after the last."""


def create_app(context: Context, *, hosts: Collection[str], life: Life = nullcontext) -> Door:
    """Build the API over ``context``; it answers to the host names in ``hosts`` only."""
    app = FastAPI(
        title="Danlu",
        version=version("danlu"),
        lifespan=lambda _: life(),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.context = context
    for router in ROUTERS:
        app.router.routes.extend(router.routes)
    app.add_api_route(
        "/api/v1/openapi.json", openapi, include_in_schema=False, openapi_extra=VIEWER
    )
    app.router.routes.extend(page.ROUTES)
    problems.install(app)
    return Door(
        app,
        app.router.routes,
        auth=context.auth,
        hosts=hosts,
        public=PUBLIC,
        json_bytes=context.limits.json_bytes,
    )


def openapi(request: Request) -> dict[str, Any]:
    """Answer with the description of every route."""
    assert isinstance(request.app, FastAPI)
    return schema_of(request.app)


def schema_of(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document; built once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            routes=app.router.routes,
            description="Every route needs `Authorization: Bearer <key>` or a login cookie, but "
            "those whose `x-role` is `public`. Errors are problem documents (RFC 9457).",
        )
        _complete(document)
        app.openapi_schema = document
    return app.openapi_schema


def _complete(document: dict[str, Any]) -> None:
    """Add what FastAPI does not know: how one gets in, the hot path's bodies, our problems."""
    parts = document.setdefault("components", {})
    parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"key": []}]
    schemas = parts.setdefault("schemas", {})
    for model in (deployments.PredictBody, deployments.FeedbackBody, problems.Problem):
        schemas.update(_schema(model))
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    answer = {
        "description": "What, where and what to do.",
        "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = answer
            if operation.get("x-role") == "public":
                operation["security"] = []


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    own = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**own.pop("$defs", {}), model.__name__: own}
