"""Door: the one ASGI layer every request passes; what it does not let in, no route sees.

In order: Host, Origin, route object, identity, role, body. Nothing is decided by URL text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, get_args

from starlette.datastructures import Headers
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from danlu.api.auth import Auth
from danlu.api.problems import CrossOriginError, MediaTypeError, MisdirectedError, respond
from danlu.errors import (
    DanluError,
    ForbiddenError,
    InvalidError,
    TooLargeError,
    UnauthenticatedError,
)
from danlu.store.records import Identity, Role

ROLES: tuple[Role, ...] = tuple(reversed(get_args(Role)))  # predict < viewer < editor < admin
MAX_DEPTH = 64
# 'unsafe-inline' is for styles only: the page's component library positions with style attributes.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
_ENCODED = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_SQUARE = bytes.maketrans(b"{}", b"[]")


class Door:
    """Wraps the app; ``public`` are the endpoints that need no identity, all others do."""

    def __init__(
        self,
        app: ASGIApp,
        routes: Sequence[BaseRoute],
        *,
        auth: Auth,
        hosts: Collection[str],
        public: Collection[object],
        json_bytes: int,
    ) -> None:
        self.app, self.routes, self.auth = app, routes, auth
        self.hosts, self.public = frozenset(h.lower() for h in hosts), frozenset(public)
        self.json_bytes = json_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or answer why not."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        guarded = self._guard(send)
        try:
            route = self._admit(scope)
            if scope["type"] == "http" and not _takes_stream(route):
                receive = await self._read(scope, receive)
        except DanluError as error:
            await _refuse(error, scope, receive, guarded)
            return
        await self.app(scope, receive, guarded)

    def _admit(self, scope: Scope) -> BaseRoute | None:
        headers = Headers(scope=scope)
        self._check_host(headers)
        _check_origin(headers)
        route, params = self._match(scope)
        who = self.auth.identify(headers)
        scope["danlu.identity"] = who
        if route is not None and getattr(route, "endpoint", None) in self.public:
            return route
        if who is None:
            raise UnauthenticatedError(
                "no key, or one that is not known",
                do="Send 'Authorization: Bearer <key>', or log in at /login.",
            )
        if route is not None:
            _check_role(who, needed_role(route), params)
        return route

    def _check_host(self, headers: Headers) -> None:
        host = headers.get("host", "").lower()
        if host not in self.hosts:
            raise MisdirectedError(
                "this server does not answer to that host name",
                do=f"Use one of: {', '.join(sorted(self.hosts))}.",
                host=host[:100],
            )

    def _match(self, scope: Scope) -> tuple[BaseRoute | None, dict[str, Any]]:
        """Find the route object; None when only the 404 or 405 answer is left."""
        for route in self.routes:
            match, child = route.matches(scope)
            if match is Match.FULL:
                return route, child.get("path_params", {})
        return None, {}

    async def _read(self, scope: Scope, receive: Receive) -> Receive:
        """Take the whole JSON body within its limits, and hand it on as one message."""
        headers = Headers(scope=scope)
        if int(_digits(headers.get("content-length", "0"))) > self.json_bytes:
            raise _too_large(self.json_bytes)
        chunks, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return _replay([message], receive)
            chunks.append(message.get("body", b""))
            size, more = size + len(chunks[-1]), message.get("more_body", False)
            if size > self.json_bytes:
                raise _too_large(self.json_bytes)
        body = b"".join(chunks)
        if body:
            _check_json(headers, body)
        return _replay([{"type": "http.request", "body": body, "more_body": False}], receive)

    def _guard(self, send: Send) -> Send:
        """Put the security headers on every answer; a route may only set a finer cache rule."""

        async def guarded(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                headers = list(message.get("headers", ()))
                given = {name.lower() for name, _ in headers}
                headers += [pair for pair in _ENCODED if pair[0] not in given]
                message = {**message, "headers": headers}
            await send(message)

        return guarded


def needed_role(route: BaseRoute) -> Role:
    """Return the least role a route object asks for; one that says nothing is for admins."""
    extra = getattr(route, "openapi_extra", None) or {}
    role = extra.get("x-role", "admin")
    return role if role in ROLES else "admin"


def _takes_stream(route: BaseRoute | None) -> bool:
    extra = getattr(route, "openapi_extra", None) or {}
    return extra.get("x-body") == "stream"


def _check_role(who: Identity, needed: Role, params: dict[str, Any]) -> None:
    if ROLES.index(who.role) < ROLES.index(needed):
        raise ForbiddenError(
            f"this needs the role '{needed}', the key has '{who.role}'",
            do="Ask an admin of the project for another key.",
            needed=needed,
            role=who.role,
        )
    if who.deployment is not None and params.get("name") != who.deployment:
        raise ForbiddenError(
            f"this key is for the deployment '{who.deployment}' only",
            do="Use a key of the other deployment.",
            deployment=who.deployment,
        )


def _check_origin(headers: Headers) -> None:
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    host = headers.get("host", "").lower()
    same = origin is None or origin.lower() in (f"http://{host}", f"https://{host}")
    if not same or site not in (None, "same-origin", "none"):
        raise CrossOriginError(
            "a page of another site may not ask this server",
            do="Open the page from this server's own address.",
            origin=(origin or "")[:100],
            site=site or "",
        )


def _check_json(headers: Headers, body: bytes) -> None:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise MediaTypeError(
            f"this route takes application/json, not '{kind[:80]}'",
            do="Send JSON with 'Content-Type: application/json'.",
        )
    if too_deep(body, MAX_DEPTH):
        raise InvalidError(f"JSON nested deeper than {MAX_DEPTH}", code="too_deep", limit=MAX_DEPTH)


def too_deep(body: bytes, limit: int) -> bool:
    """Tell whether JSON text nests deeper than ``limit``, without decoding it.

    >>> too_deep(b'{"a": [[1], "[[["]}', 3), too_deep(b'[[[[1]]]]', 3)
    (False, True)
    """
    if body.count(b"[") + body.count(b"{") <= limit:
        return False
    brackets = _STRING.sub(b"", body).translate(_SQUARE, _NO_BRACKETS)
    for _ in range(limit):
        shorter = brackets.replace(b"[]", b"")
        if len(shorter) == len(brackets):  # not balanced: no JSON, the decoder will say so
            return brackets.count(b"[") > limit
        brackets = shorter
    return bool(brackets)


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(f"the body is larger than {limit} bytes", do="Send less at a time.")


def _digits(text: str) -> str:
    return text if text.isascii() and text.isdigit() else "0"


def _replay(messages: list[Message], receive: Receive) -> Receive:
    async def replayed() -> Message:
        return messages.pop(0) if messages else await receive()

    return replayed


async def _refuse(error: DanluError, scope: Scope, receive: Receive, send: Send) -> None:
    can_say = scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {})
    if not can_say:
        await send({"type": "websocket.close", "code": 4000 + error.status % 1000})
        return
    await respond(error)(scope, receive, send)
