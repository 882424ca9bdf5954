"""Prepare (a job): task, split, encoder, network; the data as arrays in the cache."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from danlu import space
from danlu.data.dataset import Schema, Table, rows_of
from danlu.data.durable import replace_folder
from danlu.data.encoder import Encoder, select, usual_inputs
from danlu.data.reading import read
from danlu.data.split import Split, split
from danlu.errors import NetworkError, TaskError, nearest
from danlu.experiment.folds import folder_of, more_folds
from danlu.experiment.plan import Spec
from danlu.network.catalogue import fields
from danlu.network.check import check
from danlu.network.choose import choose
from danlu.network.file import read as read_network
from danlu.network.graph import Network
from danlu.params import Params
from danlu.tasks.base import Task, dump, guess, tasks
from danlu.tensor import TensorType
from danlu.train import recipe as recipes
from danlu.train.device import Device
from danlu.train.recipe import Recipe

Json = dict[str, Any]
FORMAT = 1
GOLDEN_ROWS = 64
DEVICE, PRECISION = "recipe.device", "recipe.precision"
KEPT, UNUSED_S = 8, 86_400.0


class PrepareArgs(Params):
    """What preparing needs: the data as files, and the spec."""

    parts: tuple[Path, ...]
    schema_: Json
    data_hash: str
    spec: Json
    cache: Path
    """Folder in which the encoded data gets a folder of its own, named by what it depends on."""


def run(args: Json, report: Any) -> Json:
    """Return the plan: ``{"key", "task", "rows", "network", "space", "recipe", ...}``."""
    del report
    given = PrepareArgs.model_validate(args)
    began = time.perf_counter()
    spec, schema = Spec.of(given.spec), Schema.model_validate(given.schema_)
    network = read_network(spec.network) if spec.network else None
    inputs = inputs_of(schema, network, spec.target)
    folder = given.cache / _key(given, spec, inputs)
    if not (folder / "meta.json").exists():
        _encode(given, spec, inputs, folder)
        prune(given.cache, now=time.time())
    os.utime(folder)
    meta = json.loads((folder / "meta.json").read_text("utf-8"))
    types = {name: TensorType.model_validate(t) for name, t in meta["types"].items()}
    found = _design(spec, network, meta, types)
    return {
        "key": folder.name, "task": meta["task_state"]["kind"], **found, **meta,
        "inputs": inputs, "seconds": round(time.perf_counter() - began, 3),
    }  # fmt: skip


def prune(cache: Path, *, now: float) -> None:
    """Let go of encoded data nobody has made or used for a day, but for the newest few."""
    folders = sorted(cache.iterdir(), key=lambda f: f.stat().st_mtime, reverse=True)
    for folder in folders[KEPT:]:
        if now - folder.stat().st_mtime > UNUSED_S:
            shutil.rmtree(folder, ignore_errors=True)


def inputs_of(schema: Schema, network: Network | None, target: str) -> dict[str, list[str]]:
    """Return the columns each network input reads; without a network the usual ones."""
    schema.column(target)
    selectors = usual_inputs(schema, target)
    if network is not None:
        selectors = {n: s.model_dump(exclude_none=True) for n, s in network.inputs.items()}
    return {name: select(schema, selector, target) for name, selector in selectors.items()}


def fit_task(kind: str | None, schema: Schema, target: str, values: NDArray[Any]) -> Task:
    """Fit the named task, or the one that suits the target."""
    column = schema.column(target)
    known = tasks().names()
    if kind is not None and kind not in known:
        raise TaskError(f"no task '{kind}'", code="task_unknown", do=nearest(kind, known))
    return tasks().get(kind or guess(column, values)).fit(values, column)


def _key(given: PrepareArgs, spec: Spec, inputs: Mapping[str, list[str]]) -> str:
    """Name the folder by everything its content depends on."""
    how = spec.split.model_dump() if spec.split else None
    parts = [FORMAT, given.data_hash, spec.target, spec.task, how, spec.seed, inputs]
    parts += [spec.folds] if spec.folds > 1 else []
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def _encode(given: PrepareArgs, spec: Spec, inputs: Mapping[str, list[str]], folder: Path) -> None:
    """Fit on train rows only, encode each split, and give the folder its name when it is whole."""
    schema = Schema.model_validate(given.schema_)
    chosen = sorted({c for columns in inputs.values() for c in columns} | {spec.target})
    also = [spec.split.key] if spec.split and spec.split.key else []
    also += [schema.time] if schema.time else []
    table = read(given.parts, schema, list(dict.fromkeys([*chosen, *also])))
    task = fit_task(spec.task, schema, spec.target, table[spec.target])
    target = task.encode(table[spec.target])
    known = np.flatnonzero(task.known(target))
    table, target = {name: values[known] for name, values in table.items()}, target[known]
    how = spec.split or usual_split(schema, spec.seed)
    parts = split(table, how, time=schema.time, target=target)
    temp = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.tmp")
    try:
        ways = [parts]
        if spec.folds > 1:
            ways += more_folds(parts, how, spec.folds, table=table, time=schema.time, target=target)
        for fold, way in enumerate(ways):
            encoder = Encoder.fit(_take(table, way["train"]), schema, inputs)
            _write(folder_of(temp, fold), encoder, way, table, target)
            meta = _meta(encoder, task, way, how)
            (folder_of(temp, fold) / "meta.json").write_text(json.dumps(meta), "utf-8")
        replace_folder(temp, folder)
    finally:
        shutil.rmtree(temp, ignore_errors=True)


def _write(
    folder: Path, encoder: Encoder, parts: Mapping[str, NDArray[Any]], table: Table,
    target: NDArray[Any],
) -> None:  # fmt: skip
    """Write every part of one way to divide the rows, as the encoder gives it."""
    folder.mkdir(parents=True)
    for name, rows in parts.items():
        arrays = encoder.encode(_take(table, rows)) | {"target": target[rows]}
        for part, array in arrays.items():
            np.save(folder / f"{name}.{part}.npy", array)
    (folder / "encoder.json").write_text(encoder.model_dump_json(by_alias=True), "utf-8")
    golden = _golden(_take(table, parts["valid"]), encoder)
    (folder / "golden.json").write_text(json.dumps(golden), "utf-8")


def usual_split(schema: Schema, seed: int) -> Split:
    """Return the split nobody asked for: forward in time, else equal shares of every class."""
    return Split(method="stratified" if schema.time is None else "time", seed=seed)


def _meta(encoder: Encoder, task: Task, parts: Mapping[str, NDArray[Any]], how: Split) -> Json:
    return {
        "types": {name: t.model_dump(mode="json") for name, t in encoder.types().items()},
        "task_state": dump(task), "head": task.head, "metric": task.main_metric,
        "maximise": task.maximise, "missing": task.missing,
        "rows": {name: len(rows) for name, rows in parts.items()},
        "split": how.model_dump(mode="json"),
    }  # fmt: skip


def _take(table: Table, rows: NDArray[Any]) -> Table:
    return {name: values[rows] for name, values in table.items()}


def _golden(valid: Table, encoder: Encoder) -> list[Json]:
    """Pick raw validation rows, evenly spread, for the golden rows of a bundle."""
    columns = encoder.columns()
    table = {c.name: valid[c.name] for c in columns}
    count = len(next(iter(table.values())))
    rows = np.unique(np.linspace(0, count - 1, min(GOLDEN_ROWS, count)).astype(int))
    return rows_of(_take(table, rows), columns)


def _design(
    spec: Spec, network: Network | None, meta: Json, types: Mapping[str, TensorType]
) -> Json:
    """Settle network, space and recipe, and check that they fit together."""
    rows, kind = meta["rows"]["train"], meta["task_state"]["kind"]
    found = choose(types, rows=rows, task=kind, head=meta["head"])
    proposed, usual, advice = found.proposal[:3]
    ranges = usual if network is None else _recipe_only(usual)
    if spec.space is not None:
        asked = space.from_json(spec.space)
        ranges = asked if network is not None else ranges | asked
    recipe = {**advice, **(spec.recipe or {})}
    if spec.epochs is not None:
        recipe["epochs"] = spec.epochs
        ranges = {key: domain for key, domain in ranges.items() if key != "recipe.epochs"}
    chosen = network or proposed
    _demand_sound(chosen, types, meta["head"])
    space.check(ranges, fields(chosen) | recipes.fields())
    settled, device = _settle(recipes.parse(recipe), ranges)
    return {
        "network": chosen.document(), "space": space.to_json(ranges),
        "recipe": settled.model_dump(mode="json"), "proposed": network is None,
        "why": found.why if network is None else "", "device": device.described(),
    }  # fmt: skip


def _settle(recipe: Recipe, ranges: space.Space) -> tuple[Recipe, Device]:
    """Say what "auto" is on this machine, so that a search which goes on elsewhere stays the same.

    What is searched stays open; a device that is not there is refused before anything trains.
    """
    device = Device.of(recipe)
    for key in (DEVICE, PRECISION):
        domain = ranges.get(key)
        for option in domain.options if isinstance(domain, space.Choice) else ():
            Device.of(recipe.with_values({key: option}))
    found = {DEVICE: device.name, PRECISION: device.precision}
    return recipe.with_values({k: v for k, v in found.items() if k not in ranges}), device


def _recipe_only(ranges: space.Space) -> space.Space:
    return {key: domain for key, domain in ranges.items() if key.startswith(recipes.PREFIX)}


def _demand_sound(network: Network, types: Mapping[str, TensorType], head: int) -> None:
    """Refuse a network that cannot be trained on this data, with the first broken law."""
    for problem in check(network, types, head).problems:
        if problem.level == "error":
            raise NetworkError(
                problem.sentence(), code=problem.code, where=f"network '{network.name}'",
                do=problem.fixes[0].title if problem.fixes else "", node=problem.node,
                problem=problem.model_dump(mode="json"),
            )  # fmt: skip
