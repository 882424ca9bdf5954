"""Networks: named documents; proposing, checking and converting them."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi import Path as InPath
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from danlu.api.context import EDITOR, VIEWER, Items, Name, Ws, context_of, identity_of
from danlu.api.upload import receive
from danlu.errors import InvalidError
from danlu.network.difference import Side
from danlu.network.sizes import Sizes
from danlu.params import Params
from danlu.store.records import (
    Json,
    Network,
    NetworkDraft,
    NetworkDraftLine,
    NetworkVersion,
    NetworkVersionLine,
)

router = APIRouter(prefix="/api/v1/networks", tags=["networks"])
Shown = TypeVar("Shown", Network, NetworkDraft | None)
TITLE = 200
AtVersion = Annotated[int, InPath(ge=1, le=10**9)]
IfMatch = Annotated[
    str | None,
    Header(description="The revision the change began with, quoted; 0 for none."),
]


class ProposeBody(Params):
    """What a network is wanted for."""

    data: str
    target: str
    task: str | None = None
    entry: str | None = None
    """Of the gallery; default: what suits the data."""


class GalleryBody(Params):
    """Beside which dataset the gallery is wanted; none: all of it."""

    data: str | None = None
    target: str | None = None
    task: str | None = None


class AnalyzeBody(Params):
    """A document to check, against a dataset if one is named, or against sizes that are said."""

    network: Json
    data: str | None = None
    target: str | None = None
    sizes: Sizes | None = None
    space: Json = Field(default_factory=dict)
    """Ranges, whose combinations are tried too."""


class PeekBody(Params):
    """Where to look in a document, and at which row of which data."""

    network: Json
    node: str
    """A node or an input; inside blocks a path: "res.0.conv"."""
    data: str
    target: str
    row: int = Field(0, ge=0)


class ConvertBody(Params):
    """A document to write in another form; torch and onnx need a dataset or sizes."""

    network: Json
    to: Literal["json", "yaml", "py", "torch", "onnx", "svg"]
    data: str | None = None
    target: str | None = None
    sizes: Sizes | None = None
    dark: bool = False


class Converted(Params):
    """What came out: text, or bytes in base64 for ONNX."""

    text: str | None = None
    base64: str | None = None
    lines: dict[str, dict[str, list[tuple[int, int]]]] = Field(default_factory=dict)
    """Scope ("" or a block) to node to the first and last of the lines that write it."""


class SaveBody(Params):
    """A document with its space and layout, and what this version is called, if anything."""

    document: Json
    space: Json = Field(default_factory=dict)
    layout: Json = Field(default_factory=dict)
    title: Annotated[str, Field(max_length=TITLE, default_factory=str)]


class DraftBody(Params):
    """A drawing as it stands, and the version of the network it began with, 0 for none."""

    document: Json
    space: Json = Field(default_factory=dict)
    layout: Json = Field(default_factory=dict)
    on: int = Field(0, ge=0, lt=10**9)


class TitleBody(Params):
    """What a version is called."""

    title: Annotated[str, Field(max_length=TITLE)]


class DiffBody(Params):
    """Which two networks, and against which data their costs are counted."""

    before: Side
    after: Side
    data: str | None = None
    target: str | None = None


@router.get("", operation_id="list_networks", openapi_extra=VIEWER)
def list_networks(ws: Ws) -> Items[Network]:
    """List the saved networks."""
    return Items(items=ws.networks.list())


@router.post("/propose", operation_id="propose_network", openapi_extra=VIEWER)
def propose_network(ws: Ws, body: ProposeBody) -> Json:
    """Propose a network, its space and a recipe for a dataset and target."""
    return ws.networks.propose(body.data, body.target, task=body.task, entry=body.entry)


@router.post("/gallery", operation_id="list_gallery", openapi_extra=VIEWER)
def list_gallery(ws: Ws, body: GalleryBody) -> Json:
    """List the ready-made networks, which fit a dataset, and why the others do not."""
    return ws.networks.gallery(data=body.data, target=body.target, task=body.task)


@router.post("/analyze", operation_id="analyze_network", openapi_extra=VIEWER)
def analyze_network(ws: Ws, body: AnalyzeBody) -> Json:
    """Check a document: shapes, costs, and problems with their fixes."""
    return ws.networks.check(
        body.network, data=body.data, target=body.target, sizes=body.sizes, space=body.space
    )


@router.post("/peek", operation_id="peek_network", openapi_extra=VIEWER)
def peek_network(ws: Ws, body: PeekBody) -> Json:
    """Show what one row of a dataset is where a node gives it, in the untrained network."""
    return ws.networks.peek(
        body.network, body.node, data=body.data, target=body.target, row=body.row
    )


@router.post("/convert", operation_id="convert_network", openapi_extra=VIEWER)
def convert_network(ws: Ws, body: ConvertBody) -> Converted:
    """Write a document as JSON, YAML, Python, PyTorch source, ONNX or a drawing."""
    found = ws.networks.convert(
        body.network, body.to, data=body.data, target=body.target, sizes=body.sizes,
        dark=body.dark,
    )  # fmt: skip
    return Converted.model_validate(found)


@router.post("/diff", operation_id="diff_networks", openapi_extra=VIEWER)
def diff_networks(ws: Ws, body: DiffBody) -> Json:
    """Tell two networks apart: saved ones, their versions, trials, or documents."""
    return ws.networks.diff(body.before, body.after, data=body.data, target=body.target)


@router.post(
    "/import",
    operation_id="import_network",
    openapi_extra={
        **EDITOR,
        "x-body": "stream",
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        },
    },
)
async def import_network(
    request: Request, file: Annotated[str, Query(min_length=1, max_length=300)]
) -> Json:
    """Read an ONNX or Keras model, or a document of ours, sent as the body; nothing is saved.

    ``file`` is what it is called; its ending says the form. The engine reads it, in a process of
    its own: what has no op is listed, what repeats is offered as blocks.
    """
    context = context_of(request)
    ws = context.workspace.acting(identity_of(request))
    limits = replace(context.limits, upload_bytes=context.limits.network_bytes)
    path = await receive(request, ws.home / "tmp", part=file, limits=limits, suffix=".model")
    try:
        return await run_in_threadpool(ws.networks.import_file, path, called=file)
    finally:
        path.unlink(missing_ok=True)


@router.get("/{name}", operation_id="show_network", openapi_extra=VIEWER)
def show_network(
    ws: Ws, response: Response, name: Name, version: Annotated[int | None, Query(ge=1)] = None
) -> Network:
    """Show a saved network, the newest or as it was; its ETag is what If-Match takes."""
    return _tagged(response, ws.networks.show(name, version))


@router.put("/{name}", operation_id="save_network", openapi_extra=EDITOR)
def save_network(
    ws: Ws, response: Response, name: Name, body: SaveBody, if_match: IfMatch = None
) -> Network:
    """Save a network as its next version; 409 if others saved since the revision of If-Match."""
    saved = ws.networks.save(
        name, body.document, space=body.space, layout=body.layout, title=body.title,
        revision=_began(if_match),
    )  # fmt: skip
    return _tagged(response, saved)


@router.get("/{name}/versions", operation_id="list_network_versions", openapi_extra=VIEWER)
def list_versions(ws: Ws, name: Name) -> Items[NetworkVersionLine]:
    """List what was saved under a name, newest first."""
    return Items(items=ws.networks.versions(name))


@router.put("/{name}/versions/{version}", operation_id="title_network", openapi_extra=EDITOR)
def title_network(ws: Ws, name: Name, version: AtVersion, body: TitleBody) -> NetworkVersion:
    """Give a version a title, so that it is kept for good."""
    return ws.networks.title(name, version, body.title)


@router.post(
    "/{name}/versions/{version}/restore", operation_id="restore_network", openapi_extra=EDITOR
)
def restore_network(ws: Ws, response: Response, name: Name, version: AtVersion) -> Network:
    """Save an earlier version once more."""
    return _tagged(response, ws.networks.restore(name, version))


@router.get("/{name}/draft", operation_id="show_network_draft", openapi_extra=VIEWER)
def show_draft(ws: Ws, response: Response, name: Name) -> NetworkDraft | None:
    """Show what is being drawn since the last version, null if nothing is; its ETag is a number."""
    return _tagged(response, ws.networks.draft(name))


@router.put("/{name}/draft", operation_id="save_network_draft", openapi_extra=EDITOR)
def save_draft(
    ws: Ws, response: Response, name: Name, body: DraftBody, if_match: IfMatch = None
) -> NetworkDraft | None:
    """Keep a drawing; 409 with theirs if others drew since the draft of If-Match, "0" for none."""
    kept = ws.networks.save_draft(
        name, body.document, space=body.space, layout=body.layout, on=body.on,
        revision=_began(if_match),
    )  # fmt: skip
    return _tagged(response, kept)


@router.delete(
    "/{name}/draft", operation_id="drop_network_draft", status_code=204, openapi_extra=EDITOR
)
def drop_draft(ws: Ws, name: Name, if_match: IfMatch = None) -> None:
    """Let go of a draft; 409 if others drew since the one of If-Match."""
    ws.networks.drop_draft(name, revision=_began(if_match))


drawn = APIRouter(prefix="/api/v1", tags=["networks"])


@drawn.get("/drafts", operation_id="list_network_drafts", openapi_extra=VIEWER)
def list_drafts(ws: Ws) -> Items[NetworkDraftLine]:
    """List what is being drawn on networks, saved once or never, the last written first."""
    return Items(items=ws.networks.drafts())


router.routes.extend(drawn.routes)


def _tagged(response: Response, shown: Shown) -> Shown:
    response.headers["ETag"] = f'"{shown.revision if shown else 0}"'
    return shown


def _began(if_match: str | None) -> int | None:
    """Return the revision a change began with; None where none is said, or any will do."""
    said = (if_match or "*").strip()
    number = said.removeprefix("W/").strip('"')
    if said == "*":
        return None
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise InvalidError(
            "If-Match is no revision", code="if_match", where="the header If-Match",
            do='Send the ETag of the network, as in If-Match: "3".',
        )  # fmt: skip
    return int(number)
