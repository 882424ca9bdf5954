"""Deployments: names behind which models answer; predictions and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from danlu.api.context import (
    EDITOR,
    NAME,
    PREDICT,
    VIEWER,
    Items,
    Name,
    Ws,
    context_of,
    identity_of,
)
from danlu.params import Params
from danlu.store.records import Deployment, Json

router = APIRouter(prefix="/api/v1/deployments", tags=["deployments"])


class DeploymentBody(Params):
    """A deployment and the model it should answer with."""

    name: str = Field(pattern=NAME)
    model: str
    challenger_share: float | None = Field(default=None, ge=0, le=1)
    policy: Json | None = None
    durability: str | None = Field(default=None, pattern="^(full|relaxed|off)$")


class ChallengerBody(Params):
    """The model that challenges, and what it answers."""

    model: str
    share: float = Field(default=0.0, ge=0, le=1)
    """Of the requests, sticky by key; 0 = it answers in the shadow, to the log only."""


class PredictBody(BaseModel):
    """Rows to answer: any JSON objects; missing columns are missing values."""

    rows: list[Json]
    key: str | None = None
    """Requests of one key get the same model while a challenger runs."""


class Prediction(BaseModel):
    """One answered row."""

    id: str
    """Give it back with the truth as feedback."""
    label: str | float | bool | None = None
    value: float | None = None
    probabilities: dict[str, float] | None = None
    decision: Any = None
    warnings: list[Json] = []


class Predictions(BaseModel):
    """The answers, in the order of the rows, and the model that gave them."""

    model: str
    predictions: list[Prediction]


def _without_default(schema: dict[str, Any]) -> None:
    """Take the default out of a description: a client then need not send the field."""
    schema.pop("default", None)


MAY_LACK = Field(json_schema_extra=_without_default)


class FeedbackRow(BaseModel):
    """What really happened after one prediction."""

    id: str
    truth: Annotated[Any, MAY_LACK] = None
    discard: Annotated[bool, MAY_LACK] = False
    """Nobody will ever know: it waits no more, and nothing learns it."""


class FeedbackBody(BaseModel):
    """What really happened."""

    rows: list[FeedbackRow]


class FeedbackTaken(BaseModel):
    """What became of the feedback."""

    accepted: int
    corrected: int = 0
    repeated: int = 0
    discarded: int = 0
    unknown: list[str] = []


class HotRoute(APIRoute):
    """A route of the hot path: documented like any other, called without decoding for it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Hand the request to the endpoint as it is (FastAPI's own extension point)."""
        return self.endpoint


def _documented(body: type[BaseModel], access: dict[str, str]) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{body.__name__}"}
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        **access,
        "parameters": [name],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
    }


async def predict(request: Request) -> Response:
    """Answer rows with the live model; every answer is in the log before it is sent."""
    serving, who = context_of(request).serving, identity_of(request)
    name = request.path_params["name"]
    answer = await serving.predict(who.project, name, await request.body())
    return Response(answer, media_type="application/json")


async def feedback(request: Request) -> Response:
    """Take what really happened, by prediction id: late, twice or corrected is fine."""
    serving, who = context_of(request).serving, identity_of(request)
    name = request.path_params["name"]
    answer = await serving.feedback(who.project, name, await request.body())
    return Response(answer, media_type="application/json")


router.add_api_route(
    "/{name}/predict",
    predict,
    methods=["POST"],
    operation_id="predict",
    response_model=Predictions,
    route_class_override=HotRoute,
    openapi_extra=_documented(PredictBody, PREDICT),
)
router.add_api_route(
    "/{name}/feedback",
    feedback,
    methods=["POST"],
    operation_id="feedback",
    response_model=FeedbackTaken,
    route_class_override=HotRoute,
    openapi_extra=_documented(FeedbackBody, PREDICT),
)


@router.get("", operation_id="list_deployments", openapi_extra=VIEWER)
def list_deployments(ws: Ws) -> Items[Deployment]:
    """List the deployments of the project."""
    return Items(items=ws.deployments.list())


@router.post("", operation_id="create_deployment", status_code=202, openapi_extra=EDITOR)
def create_deployment(ws: Ws, body: DeploymentBody) -> Deployment:
    """Ask for a model to go live; ``live`` or ``refused`` tells what became of it."""
    asked = {field: getattr(body, field) for field in DeploymentBody.model_fields}
    return ws.deployments.create(**asked, wait=False)


@router.get("/{name}", operation_id="show_deployment", openapi_extra=VIEWER)
def show_deployment(ws: Ws, name: Name) -> Deployment:
    """Show what answers, what should, and why not."""
    return ws.deployments.show(name)


@router.post("/{name}/challenger", operation_id="challenge", status_code=202, openapi_extra=EDITOR)
def challenge(ws: Ws, name: Name, body: ChallengerBody) -> Deployment:
    """Let a model answer beside the champion: in the shadow, or a share of the requests."""
    return ws.deployments.challenge(name, body.model, share=body.share, wait=False)


@router.delete("/{name}/challenger", operation_id="withdraw", openapi_extra=EDITOR)
def withdraw(ws: Ws, name: Name) -> Deployment:
    """Take the challenger away."""
    return ws.deployments.withdraw(name)


@router.get("/{name}/challenger", operation_id="show_rivals", openapi_extra=VIEWER)
def show_rivals(ws: Ws, name: Name) -> Json:
    """Compare what champion and challenger answered lately."""
    return ws.deployments.rivals(name)


@router.get("/{name}/metrics", operation_id="show_traffic", openapi_extra=VIEWER)
def show_traffic(
    ws: Ws,
    name: Name,
    hours: Annotated[float, Query(gt=0, le=24 * 366)] = 24.0,
    points: Annotated[int, Query(ge=1, le=720)] = 60,
) -> Json:
    """Show requests, latencies, errors and odd inputs over time."""
    return ws.deployments.traffic(name, hours=hours, points=points)


@router.get("/{name}/health", operation_id="show_deployment_health", openapi_extra=VIEWER)
async def show_health(request: Request, name: Name) -> Json:
    """Show whether a real prediction succeeds now; if not: why, and the process's last words."""
    found = (await context_of(request).ready())["deployments"]
    project = identity_of(request).project
    here = [d for d in found if (d.get("project"), d["name"]) == (project, name)]
    return here[0] if here else {"project": project, "name": name, "ready": False}


@router.post("/{name}/promote", operation_id="promote", status_code=202, openapi_extra=EDITOR)
def promote(ws: Ws, name: Name) -> Deployment:
    """Make the challenger the champion."""
    return ws.deployments.promote(name, wait=False)


@router.post("/{name}/rollback", operation_id="rollback", status_code=202, openapi_extra=EDITOR)
def rollback(ws: Ws, name: Name) -> Deployment:
    """Go back to the model before."""
    return ws.deployments.rollback(name, wait=False)


@router.get("/{name}/predictions", operation_id="list_predictions", openapi_extra=VIEWER)
def list_predictions(
    ws: Ws,
    name: Name,
    limit: Annotated[int, Query(ge=1, le=5000)] = 50,
    before: Annotated[str | None, Query(pattern=NAME)] = None,
) -> Items[Json]:
    """List the newest predictions with their feedback, or those before one."""
    return Items(items=ws.deployments.predictions(name, limit=limit, before=before))


@router.get("/{name}/predictions/{id}", operation_id="show_lineage", openapi_extra=VIEWER)
def show_lineage(ws: Ws, name: Name, id: Name) -> Json:  # noqa: A002  # the path's own word
    """Follow one prediction back: model, trials, network, data."""
    return ws.deployments.lineage(name, id)


@router.get("/{name}/counts", operation_id="show_counts", openapi_extra=VIEWER)
def show_counts(ws: Ws, name: Name) -> Json:
    """Count predictions, decisions, feedback and joined rows."""
    return ws.deployments.counts(name)


@router.get("/{name}/schema", operation_id="show_input_schema", openapi_extra=VIEWER)
def show_schema(ws: Ws, name: Name) -> Json:
    """Describe the input row, for a form."""
    return ws.deployments.schema(name)
