"""Networks: named documents; proposing and checking them."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from danlu.api.context import EDITOR, VIEWER, Items, Name, Ws
from danlu.params import Params
from danlu.store.records import Json, Network

router = APIRouter(prefix="/api/v1/networks", tags=["networks"])


class ProposeBody(Params):
    """What a network is wanted for."""

    data: str
    target: str
    task: str | None = None


class AnalyzeBody(Params):
    """A document to check, against a dataset if one is named."""

    network: Json
    data: str | None = None
    target: str | None = None


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
    return ws.networks.propose(body.data, body.target, task=body.task)


@router.post("/analyze", operation_id="analyze_network", openapi_extra=VIEWER)
def analyze_network(ws: Ws, body: AnalyzeBody) -> Json:
    """Check a document: shapes, costs, and problems with their fixes."""
    return ws.networks.check(body.network, data=body.data, target=body.target)


@router.get("/{name}", operation_id="show_network", openapi_extra=VIEWER)
def show_network(ws: Ws, name: Name) -> Network:
    """Show a saved network."""
    return ws.networks.show(name)


@router.put("/{name}", operation_id="save_network", openapi_extra=EDITOR)
def save_network(ws: Ws, name: Name, body: SaveBody) -> Network:
    """Save a network; its revision counts the saves."""
    return ws.networks.save(name, body.document, space=body.space, layout=body.layout)
