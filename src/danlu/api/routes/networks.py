"""Networks: named documents; proposing, checking and converting them."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from danlu.api.context import EDITOR, VIEWER, Items, Name, Ws
from danlu.network.sizes import Sizes
from danlu.params import Params
from danlu.store.records import Json, Network

router = APIRouter(prefix="/api/v1/networks", tags=["networks"])


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


class SaveBody(Params):
    """A document with its space and layout."""

    document: Json
    space: Json = Field(default_factory=dict)
    layout: Json = Field(default_factory=dict)


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


@router.get("/{name}", operation_id="show_network", openapi_extra=VIEWER)
def show_network(ws: Ws, name: Name) -> Network:
    """Show a saved network."""
    return ws.networks.show(name)


@router.put("/{name}", operation_id="save_network", openapi_extra=EDITOR)
def save_network(ws: Ws, name: Name, body: SaveBody) -> Network:
    """Save a network; its revision counts the saves."""
    return ws.networks.save(name, body.document, space=body.space, layout=body.layout)
