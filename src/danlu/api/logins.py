"""Logins: a key or a one-use link becomes a session cookie; who am I; log out."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from danlu.api.context import PREDICT, PUBLIC, VIEWER, context_of, identity_of
from danlu.api.page import index
from danlu.errors import UnauthenticatedError
from danlu.params import Params
from danlu.store.records import Role

router = APIRouter(tags=["login"])


class LoginBody(Params):
    """What the login form sends."""

    token: str = Field(min_length=1, max_length=512)
    """A key, as it was shown once."""


class Whoami(BaseModel):
    """Who the server takes you for."""

    name: str
    role: Role
    project: str
    deployment: str | None
    version: str
    """Of Danlu."""


@router.post("/api/v1/login", operation_id="login", status_code=204, openapi_extra=PUBLIC)
def login(body: LoginBody, request: Request) -> Response:
    """Log in with a key; the answer sets the session cookie."""
    auth = context_of(request).auth
    auth.logout(request.headers)  # the session is a new one at each login
    return _with_cookie(
        Response(status_code=204), request, auth.login(body.token, address=_address(request))
    )


@router.get("/login", include_in_schema=False, openapi_extra=PUBLIC)
def login_link(request: Request, once: str = "") -> Response:
    """Log in with the link that `danlu up` printed; without one, show the page's form."""
    if not once:
        return index(request)
    auth = context_of(request).auth
    try:
        session = auth.redeem(once, address=_address(request))
    except UnauthenticatedError:
        return RedirectResponse("/login?failed=link", status_code=303)
    return _with_cookie(RedirectResponse("/", status_code=303), request, session)


@router.post("/api/v1/logout", operation_id="logout", status_code=204, openapi_extra=VIEWER)
def logout(request: Request) -> Response:
    """End this session."""
    auth = context_of(request).auth
    auth.logout(request.headers)
    answer = Response(status_code=204)
    answer.delete_cookie(auth.cookie, httponly=True, samesite="strict")
    return answer


@router.get("/api/v1/whoami", operation_id="whoami", openapi_extra=PREDICT)
def whoami(request: Request) -> Whoami:
    """Say who the server takes you for."""
    who = identity_of(request)
    return Whoami(**who.model_dump(), version=version("danlu"))


def _with_cookie(answer: Response, request: Request, session: str) -> Response:
    answer.set_cookie(
        context_of(request).auth.cookie,
        session,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
