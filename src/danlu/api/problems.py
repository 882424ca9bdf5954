"""Problems: every refusal leaves as one RFC 9457 document, whoever raised it."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from danlu.errors import BusyError, DanluError, ForbiddenError, InvalidError

MEDIA_TYPE = "application/problem+json"
log = logging.getLogger("danlu.api")


class MisdirectedError(DanluError):
    """The Host header names a server that this is not."""

    code = "host"
    status = 421


class CrossOriginError(ForbiddenError):
    """A page of another site asked."""

    code = "cross_origin"


class MediaTypeError(DanluError):
    """The body is in a form this route does not decode."""

    code = "media_type"
    status = 415


class ThrottledError(DanluError):
    """Too many tries; wait ``retry_after_s``."""

    code = "throttled"
    status = 429


class Problem(BaseModel):
    """What every 4xx and 5xx answer carries."""

    class_: str = Field("", alias="class")
    """Name of the error in the Python package."""
    type: str
    title: str
    status: int
    code: str
    args: dict[str, Any] = {}
    where: str = ""
    fix: str = ""


def respond(error: DanluError) -> Response:
    """Turn an error into its answer; a wait becomes ``Retry-After``."""
    wait = error.values.get("retry_after_s")
    headers = {} if wait is None else {"Retry-After": str(max(1, round(float(wait))))}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return document(error.problem(), headers)


def document(problem: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    """Send a problem document; what JSON cannot say goes as text."""
    content = json.dumps(problem, default=str, ensure_ascii=False)
    return Response(content, problem["status"], headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Give ``app`` our words for every kind of failure."""
    app.add_exception_handler(DanluError, on_error)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_bug)


async def on_error(_: Request, error: Exception) -> Response:
    """Answer an error raised on purpose."""
    assert isinstance(error, DanluError)
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, BusyError):
        log.warning("%s", error)
    return respond(error)


async def on_invalid(_: Request, error: Exception) -> Response:
    """Answer a body, query or path that does not fit its schema, naming each field."""
    assert isinstance(error, RequestValidationError)
    fields = [
        {"field": ".".join(str(step) for step in e["loc"]), "message": e["msg"]}
        for e in error.errors()[:20]
    ]
    first = fields[0] if fields else {"field": "body", "message": "not readable"}
    return respond(
        InvalidError(
            f"{first['field']}: {first['message']}",
            code="request",
            do="See /api/v1/openapi.json for what this route takes.",
            fields=fields,
        )
    )


async def on_http(_: Request, error: Exception) -> Response:
    """Answer what the router itself refuses: no such path, not this method."""
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    words = {
        HTTPStatus.NOT_FOUND: ("no such path", "not_found"),
        HTTPStatus.METHOD_NOT_ALLOWED: ("this path does not take this method", "method"),
    }
    what, code = words.get(status, (str(error.detail) or status.phrase, f"http_{status.value}"))
    body = Problem(type=f"urn:danlu:{code}", title=what, status=status.value, code=code)
    return document(body.model_dump(by_alias=True), dict(error.headers or {}))


async def on_bug(request: Request, _: Exception) -> Response:
    """Answer a defect of ours without showing its inside; the log has the stack."""
    body = Problem(
        type="urn:danlu:internal",
        title="Danlu made a mistake",
        status=500,
        code="internal",
        where=f"{request.method} {request.scope.get('path', '')}",
        fix="The server's log has the details.",
    )
    return document(body.model_dump(by_alias=True))
