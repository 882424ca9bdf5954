"""Desk (jobs): quick questions about networks that need torch: check, catalogue, program keys."""

from __future__ import annotations

from typing import Any

from danlu.catalog import Catalog
from danlu.compile.key import program_key
from danlu.errors import DanluError, NotFoundError, nearest
from danlu.network.catalogue import catalogue as every_op
from danlu.network.check import check
from danlu.network.graph import Network, digest
from danlu.network.propose import propose
from danlu.params import Params
from danlu.tasks.base import tasks
from danlu.tensor import Axis, Field, TensorType
from danlu.train.recipe import PREFIX, is_dial

Json = dict[str, Any]
FOLDERS = {"optimizers": "danlu.train.optimizers", "schedules": "danlu.train.schedules"}


def analyze(args: Json, report: Any) -> Json:
    """Check ``{"network", "types", "head"}``: an Analysis as JSON."""
    del report
    types = {name: TensorType.model_validate(t) for name, t in args.get("types", {}).items()}
    return check(args["network"], types, int(args.get("head", 1))).model_dump(mode="json")


def catalogue(args: Json, report: Any) -> Json:
    """List the kinds of a family with the JSON schema of their fields: ``{"family"}``."""
    del report
    kinds: dict[str, type[Params]] = {}
    family = str(args["family"])
    if family == "ops":
        return {"items": every_op()}
    if family == "tasks":
        kinds.update(tasks().all())
    elif family in FOLDERS:
        kinds.update(Catalog(FOLDERS[family], Params).all())
    else:
        known = ("ops", "tasks", *FOLDERS)
        raise NotFoundError(f"no family '{family}'", do=nearest(family, known), family=family)
    return {"items": [{"kind": n, "schema": c.model_json_schema()} for n, c in kinds.items()]}


def keys(args: Json, report: Any) -> Json:
    """Say of each trial's values which program they make: equal keys can train as one.

    ``{"network", "types", "head", "trials": [values]}`` ->
    ``{"trials": [{"key", "parameters", "macs"} | {"problem": sentence}]}``
    """
    del report
    network = Network.model_validate(args["network"])
    types = {name: TensorType.model_validate(t) for name, t in args["types"].items()}
    return {"trials": [_key(network, v, types, args["head"]) for v in args["trials"]]}


def warm() -> None:
    """Pay the first check of a process (two seconds of imports behind the meta device) ahead."""
    fields = (Field(column="a", start=0), Field(column="b", start=1, cardinality=3))
    types = {"table": TensorType(axes=(Axis(name="features", size=2),), fields=fields)}
    network, _, _ = propose(types, rows=100, task="classification", head=1)
    keys(
        {"network": network.document(), "types": {n: t.model_dump() for n, t in types.items()},
         "head": 1, "trials": [{}]},
        None,
    )  # fmt: skip


def _key(network: Network, values: Json, types: dict[str, TensorType], head: int) -> Json:
    concrete = network.with_values(values)
    analysis = check(concrete, types, head)
    for problem in analysis.problems:
        if problem.level == "error":
            return {"problem": problem.sentence()}
    try:
        program = program_key(concrete)
    except DanluError as error:
        return {"problem": str(error)}
    sizes = {k: v for k, v in values.items() if k.startswith(PREFIX) and not is_dial(k)}
    totals = analysis.totals
    return {
        "key": digest({"program": program, "recipe": sizes}), "macs": totals.macs,
        "parameters": totals.parameters,
    }  # fmt: skip
