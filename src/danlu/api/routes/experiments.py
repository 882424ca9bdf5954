"""Experiments: searches, their trials and leaderboards."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from pydantic import Field
from starlette.responses import HTMLResponse

from danlu.api.context import EDITOR, NAME, VIEWER, Items, Name, Ws
from danlu.experiment.looks import Insides, Seen
from danlu.params import Params
from danlu.store.records import Experiment, Json, Trial

router = APIRouter(prefix="/api/v1/experiments", tags=["experiments"])
Number = Annotated[int, InPath(ge=0, lt=2**31, description="Number of a trial")]
Points = Annotated[
    int | None, Query(ge=10, le=100_000, description="Most points of a curve; spikes stay")
]
Only = Annotated[
    str | None,
    Query(
        pattern=r"^\d{1,9}(,\d{1,9})*$", max_length=8000, description="Numbers of trials: 3,14,15"
    ),
]
Node = Annotated[str, InPath(max_length=500, description="Name of a node, or its path: res.0.conv")]


class ExperimentBody(Params):
    """What to search; everything but data and target has a good default."""

    name: str = Field(pattern=NAME)
    data: str
    target: str
    task: str | None = None
    network: Json | str | None = None
    """A document, the name of a saved one, or nothing to have one proposed."""
    space: Json | None = None
    recipe: Json | None = None
    trials: int = Field(default=24, ge=1, le=100_000)
    epochs: int | None = Field(default=None, ge=1)
    seed: int = Field(default=0, ge=0)
    deploy: str | None = Field(default=None, pattern=NAME)
    """Deployment that the winner should go to."""
    split: Json | None = None
    sampler: str | None = None
    """A file in `search/samplers`: tpe, random, grid, gp, cma_es, nsga2."""
    pruner: Json | None = None
    members: int | None = Field(default=None, ge=1, le=16)
    latency_ms: float | None = Field(default=None, gt=0)
    """Most time one row may take in the model."""
    baselines: Literal["compete", "compare"] | None = None
    """Whether a baseline that is better may be the model."""
    folds: int | None = Field(default=None, ge=1, le=10)
    watch: bool | None = None
    """Look into trials while they train: histograms, update ratios, dead units."""
    learn_from: list[str] | None = None
    """Earlier searches to begin with; nothing = the newest for the same target, [] = none."""


@router.get("", operation_id="list_experiments", openapi_extra=VIEWER)
def list_experiments(ws: Ws) -> Items[Experiment]:
    """List the experiments of the project."""
    return Items(items=ws.experiments.list())


@router.post("", operation_id="run_experiment", status_code=202, openapi_extra=EDITOR)
def run_experiment(ws: Ws, body: ExperimentBody) -> Experiment:
    """Start an experiment; its events and trials tell how it goes."""
    asked = {field: getattr(body, field) for field in ExperimentBody.model_fields}
    return ws.experiments.run(**asked, wait=False)


@router.get("/{name}", operation_id="show_experiment", openapi_extra=VIEWER)
def show_experiment(ws: Ws, name: Name) -> Experiment:
    """Show what was asked, where it stands and what came out."""
    return ws.experiments.show(name)


@router.get("/{name}/trials", operation_id="list_trials", openapi_extra=VIEWER)
def list_trials(ws: Ws, name: Name, points: Points = None, only: Only = None) -> Items[Trial]:
    """List the trials with their values, curves (thinned on request) and how they ended."""
    numbers = None if only is None else [int(number) for number in only.split(",")]
    return Items(items=ws.experiments.trials(name, points=points, only=numbers))


@router.get("/{name}/trials/{trial}/watch", operation_id="watch_trial", openapi_extra=VIEWER)
def watch_trial(ws: Ws, name: Name, trial: Number) -> Seen:
    """Show what was seen inside a trial so far: figures of every node, look by look."""
    return ws.experiments.looks(name, trial)


@router.get("/{name}/trials/{trial}/watch/{node}", operation_id="watch_node", openapi_extra=VIEWER)
def watch_node(ws: Ws, name: Name, trial: Number, node: Node) -> Insides:
    """Show the histograms of one node, look by look; a node of a block goes by path."""
    return ws.experiments.inside(name, trial, node)


@router.get(
    "/{name}/trials/{number}/mistakes", operation_id="show_trial_mistakes", openapi_extra=VIEWER
)
def show_trial_mistakes(
    ws: Ws,
    name: Name,
    number: int,
    truth: Annotated[str | None, Query(max_length=400)] = None,
    said: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=400)] = 50,
) -> Json:
    """Show where a trial errs on the validation rows: confusion or residuals, worst rows."""
    return ws.experiments.mistakes(name, number, truth=truth, said=said, limit=limit)


@router.delete("/{name}/trials/{trial}", operation_id="discard_trial", openapi_extra=EDITOR)
def discard_trial(ws: Ws, name: Name, trial: Number) -> Trial:
    """Take a trial out of tables and pictures; it stays, and can be brought back."""
    return ws.experiments.discard(name, trial)


@router.post("/{name}/trials/{trial}/restore", operation_id="restore_trial", openapi_extra=EDITOR)
def restore_trial(ws: Ws, name: Name, trial: Number) -> Trial:
    """Bring a discarded trial back."""
    return ws.experiments.restore(name, trial)


@router.get("/{name}/leaderboard", operation_id="show_leaderboard", openapi_extra=VIEWER)
def show_leaderboard(ws: Ws, name: Name) -> Items[Json]:
    """List trials and baselines, best first."""
    return Items(items=ws.experiments.leaderboard(name))


@router.get(
    "/{name}/report",
    operation_id="report_experiment",
    openapi_extra=VIEWER,
    response_class=HTMLResponse,
)
def report_experiment(ws: Ws, name: Name) -> HTMLResponse:
    """Download the report: one HTML file that opens offline."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.html"'}
    return HTMLResponse(ws.experiments.report(name), headers=headers)


@router.post("/{name}/stop", operation_id="stop_experiment", openapi_extra=EDITOR)
def stop_experiment(ws: Ws, name: Name) -> Experiment:
    """Stop a search; finished trials stay."""
    return ws.experiments.stop(name)


@router.post("/{name}/resume", operation_id="resume_experiment", openapi_extra=EDITOR)
def resume_experiment(ws: Ws, name: Name) -> Experiment:
    """Go on with a stopped or failed search."""
    return ws.experiments.resume(name, wait=False)
