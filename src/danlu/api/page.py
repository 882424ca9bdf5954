"""Page: the built studio as static files; deep links answer with its first file."""

from __future__ import annotations

from typing import Final

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from danlu.api.context import context_of
from danlu.errors import NotFoundError

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
ASK_AGAIN = {"Cache-Control": "no-cache"}
TYPES: Final = {  # stated here: the tables of some systems call .js something else
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".txt": "text/plain; charset=utf-8",
}


class PagePath(Convertor[str]):
    """Every path but those of the API: a wrong API path stays a JSON 404."""

    regex = r"(?!api/|api$|health$|ready$|metrics$).*"

    def convert(self, value: str) -> str:
        """Take the path as it is."""
        return value

    def to_string(self, value: str) -> str:
        """Give the path as it is."""
        return value


register_url_convertor("page", PagePath())


def index(request: Request) -> Response:
    """Answer with the page, or say how to build it."""
    file = context_of(request).page / "index.html"
    if not file.is_file():
        return PlainTextResponse("page not built: make web\n", status_code=503, headers=ASK_AGAIN)
    return Response(file.read_bytes(), headers=ASK_AGAIN, media_type=TYPES[".html"])


def asset(request: Request) -> Response:
    """Answer with one hashed file of the page; a missing one is a 404, never the page."""
    return _file(request, "assets", request.path_params["name"], FOREVER)


def page(request: Request) -> Response:
    """Answer with a file beside the index (an icon), else with the page itself."""
    name = request.path_params["path"]
    if "/" in name or "." not in name:
        return index(request)
    return _file(request, "", name, ASK_AGAIN)


def _file(request: Request, folder: str, name: str, headers: dict[str, str]) -> Response:
    """Send a file the build listed: the name is looked up among them, never joined to a path."""
    root = context_of(request).page / folder
    known = {path.name: path for path in root.iterdir()} if root.is_dir() else {}
    found = known.get(name)
    if found is None or found.suffix not in TYPES or not found.is_file():
        raise NotFoundError(f"no file '{name[:80]}' in the page")
    return Response(found.read_bytes(), headers=headers, media_type=TYPES[found.suffix])


ROUTES = (
    Route("/assets/{name}", asset, methods=["GET"]),
    Route("/{path:page}", page, methods=["GET"]),
)
