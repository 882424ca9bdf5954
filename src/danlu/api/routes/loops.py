"""Loops: standing orders that turn feedback into the next model."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from danlu.api.context import EDITOR, NAME, VIEWER, Items, Name, Ws
from danlu.loop.inbox import Order
from danlu.params import Params
from danlu.store.records import Audit, Job, Json, Loop

REF = r"^[A-Za-z0-9._-]{1,128}(@[0-9]{1,9})?$"
router = APIRouter(prefix="/api/v1/loops", tags=["loops"])


class LoopBody(Params):
    """What a loop connects, and when it runs: by any of the words that say when."""

    data: str
    experiment: str
    every: str | None = None
    """`day`, `week`, `6h`."""
    cron: str | None = None
    rows: int | None = Field(default=None, ge=1)
    zone: str | None = None
    """Time zone of the schedule, such as `Europe/Berlin`."""
    drift: float | None = Field(default=None, gt=0, le=10)
    """Population stability index of a column above which it retrains; 0.25 is a lot."""
    decay: float | None = Field(default=None, gt=0, le=1)
    """Share of the promised metric that may be lost in the last ripe week."""
    new_data: bool | None = None
    """Whether a version that somebody adds to the dataset starts a retrain."""


class BacktestBody(Params):
    """Which model answers the last ripe days again."""

    model: str = Field(pattern=REF)
    days: int = Field(default=7, ge=1, le=60)


class Measured(BaseModel):
    """A metric with its 90 % interval, and the rows it rests on."""

    value: float
    low: float
    high: float
    rows: int


class DriftDay(BaseModel):
    """How far the week that ends with a day lies from what the champion learnt from."""

    day: str
    rows: int
    sampled: int
    psi: dict[str, float]
    """Population stability index by column."""
    by_chance: dict[str, float]
    """What the index may be without any drift."""


class DriftColumn(BaseModel):
    """One column in the newest week, the most moved first; the champion's answers last."""

    column: str
    of: Literal["column", "answers"] = "column"
    """For `answers` the target's name: what the champion says, against its own test rows."""
    psi: float
    by_chance: float
    missing: float
    missing_before: float
    new: float
    """Share of values never seen in training."""
    moved: bool


class DriftShown(BaseModel):
    """Drift by day and column, against the data the champion was made from."""

    champion: str | None
    data: str | None
    version: int | None
    at: float | None
    columns: list[DriftColumn]
    days: list[DriftDay]


class DecayDay(BaseModel):
    """How much feedback of a day is in, and, once it is ripe, how good the answers were."""

    day: str
    rows: int
    joined: int
    first_at: float
    last_at: float
    ripe: bool
    models: dict[str, int]
    live: Measured | None
    frozen: Measured | None
    """What the first model would have reached on the same rows."""
    over: int = 0
    """Days that both rest on: one of few rows is scored with those before it."""


class DecayWeek(BaseModel):
    """The last ripe days as one: a day alone is only weather."""

    model_config = ConfigDict(populate_by_name=True)
    from_: str = Field(alias="from")
    to: str
    live: Measured | None
    frozen: Measured | None
    champion: Measured | None
    """``live`` on the rows that the champion of today has answered."""


class DecayShown(BaseModel):
    """The live metric by day, beside the promise and the first model left as it was."""

    metric: str
    maximise: bool
    champion: str | None
    first: str | None
    data: str | None
    version: int | None
    promise: Measured | None
    """The champion on its own test rows."""
    delays: dict[str, float]
    """Seconds to 50, 90 and 99 % of the feedback."""
    ripe_before: float | None
    at: float | None
    week: DecayWeek | None
    days: list[DecayDay]


class Touched(BaseModel):
    """A model that has learnt from the data, and how often it has answered, by deployment."""

    model: str
    experiment: str
    version: int
    metrics: Json
    at: float
    predictions: dict[str, int]


Days = Annotated[int, Query(ge=1, le=366)]


@router.get("", operation_id="list_loops", openapi_extra=VIEWER)
def list_loops(ws: Ws) -> Items[Loop]:
    """List the loops of the project."""
    return Items(items=ws.loops.list())


@router.get("/{name}", operation_id="show_loop", openapi_extra=VIEWER)
def show_loop(ws: Ws, name: Name) -> Json:
    """Show the whole circle with its counts."""
    return ws.loops.show(name)


@router.put("/{name}", operation_id="set_loop", openapi_extra=EDITOR)
def set_loop(ws: Ws, name: Name, body: LoopBody) -> Loop:
    """Make or change the loop of a deployment."""
    asked = {field: getattr(body, field) for field in LoopBody.model_fields}
    return ws.loops.set(name, **{k: v for k, v in asked.items() if v is not None})


@router.delete("/{name}", operation_id="delete_loop", status_code=204, openapi_extra=EDITOR)
def delete_loop(ws: Ws, name: Name) -> Response:
    """End a loop; everything it made stays."""
    ws.loops.delete(name)
    return Response(status_code=204)


@router.post("/{name}/run", operation_id="run_loop", status_code=202, openapi_extra=EDITOR)
def run_loop(ws: Ws, name: Name) -> Loop:
    """Start a retrain now."""
    return ws.loops.run(name, wait=False)


@router.get("/{name}/drift", operation_id="show_drift", openapi_extra=VIEWER)
def show_drift(ws: Ws, name: Name, days: Days = 30) -> DriftShown:
    """Show how far each column of each day lies from the data the champion was made from."""
    return DriftShown.model_validate(ws.loops.drift(name, days=days))


@router.get("/{name}/decay", operation_id="show_decay", openapi_extra=VIEWER)
def show_decay(ws: Ws, name: Name, days: Days = 30) -> DecayShown:
    """Show the feedback that is in by day, and the metric of ripe days against the promise."""
    return DecayShown.model_validate(ws.loops.decay(name, days=days))


@router.post("/{name}/backtest", operation_id="backtest", status_code=202, openapi_extra=EDITOR)
def backtest(ws: Ws, name: Name, body: BacktestBody) -> Job:
    """Let a model answer the last ripe days again; the job's result sets both side by side."""
    return ws.loops.backtest(name, body.model, days=body.days, wait=False)


@router.get("/{name}/touched", operation_id="show_touched", openapi_extra=VIEWER)
def show_touched(
    ws: Ws,
    name: Name,
    version: Annotated[int | None, Query(ge=1)] = None,
    part: Annotated[str | None, Query(max_length=300)] = None,
) -> Items[Touched]:
    """Follow the loop's data forward: who learnt from a version or part, and what it answered."""
    found = ws.loops.touched(name, version=version, part=part)
    return Items(items=[Touched.model_validate(one) for one in found])


@router.get("/{name}/answers", operation_id="list_answers", openapi_extra=VIEWER)
def list_answers(
    ws: Ws,
    name: Name,
    model: Annotated[str, Query(pattern=REF)],
    limit: Annotated[int, Query(ge=1, le=5000)] = 50,
    before: Annotated[str | None, Query(pattern=NAME)] = None,
) -> Items[Json]:
    """List what one model has answered here, newest first."""
    return Items(items=ws.loops.answers(name, model, limit=limit, before=before))


@router.get("/{name}/inbox", operation_id="show_inbox", openapi_extra=VIEWER)
def show_inbox(
    ws: Ws,
    name: Name,
    order: Order = "doubt",
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> Items[Json]:
    """List predictions whose truth nobody has said yet, the most doubtful or the newest first."""
    return Items(items=ws.loops.inbox(name, order=order, limit=limit))


@router.get("/{name}/audit", operation_id="show_loop_audit", openapi_extra=VIEWER)
def show_audit(ws: Ws, name: Name) -> Items[Audit]:
    """List who decided what about the loop and its deployment, newest first."""
    return Items(items=ws.loops.audit(name))
