"""Finish (a job): choose the members, touch the test rows once, export, pack the bundle."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from danlu.compile.onnx import Member, export
from danlu.data.encoder import Encoder
from danlu.data.rows import table_of
from danlu.experiment.card import card
from danlu.experiment.golden import variants
from danlu.network.graph import Network
from danlu.params import Params
from danlu.registry.bundle import pack
from danlu.search.ensemble import greedy
from danlu.tasks.base import Task, load
from danlu.tensor import TensorType
from danlu.train.answer import answers, member

Json = dict[str, Any]
Array = NDArray[Any]
GAIN = 1e-4
"""Share of the metric a second member must add to be worth its time in every prediction."""


class Candidate(Params):
    """A trial that may answer in the model."""

    number: int
    values: Json
    metric: float
    weights: Path
    answers: Path


class FinishArgs(Params):
    """The trials to choose from, and where the bundle goes."""

    encoded: Path
    network: Json
    trials: tuple[Candidate, ...]
    members: int
    folder: Path
    seed: int
    lineage: Json
    baselines: tuple[Json, ...] = ()


def run(args: Json, report: Any) -> Json:
    """Return ``{"members", "valid", "test", "manifest", "network"}``; the bundle is packed."""
    del report
    given = FinishArgs.model_validate(args)
    meta = json.loads((given.encoded / "meta.json").read_text("utf-8"))
    task = load(meta["task_state"])
    types = {name: TensorType.model_validate(t) for name, t in meta["types"].items()}
    chosen, valid = _choose(given, task)
    networks = [Network.model_validate(given.network).with_values(c.values) for c in chosen]
    members = [
        member(n, types, task.head, c.weights) for n, c in zip(networks, chosen, strict=True)
    ]
    inputs, target = _split(given.encoded, types, "test")
    test = task.metrics(answers(members, task, inputs), target)
    encoder = Encoder.model_validate_json((given.encoded / "encoder.json").read_text("utf-8"))
    found = {
        "members": [c.number for c in chosen], "valid": valid, "test": test,
        "network": networks[0].document(),
    }  # fmt: skip
    manifest = _manifest(given, meta, found, networks)
    pack(
        given.folder, onnx=export(members, task, types), encoder=encoder, decoder=task.decoder(),
        golden=_golden(given.encoded, encoder, members, task), manifest=manifest,
        card=card(manifest, given.baselines),
    )  # fmt: skip
    return {**found, "manifest": manifest}


def _choose(given: FinishArgs, task: Task) -> tuple[list[Candidate], dict[str, float]]:
    """Pick the members whose mean answer is best on validation, and say how good it is."""
    target = np.load(given.encoded / "valid.target.npy")
    said = {c.number: np.load(c.answers) for c in given.trials}
    best = given.trials[0].metric

    def metric(answer: Array) -> float:
        return task.metrics(answer, target)[task.main_metric]

    numbers = greedy(said, metric, k=given.members, maximise=task.maximise, gain=GAIN * abs(best))
    by_number = {c.number: c for c in given.trials}
    mean = np.mean([said[n] for n in numbers], axis=0)
    return [by_number[n] for n in numbers], task.metrics(mean, target)


def _manifest(given: FinishArgs, meta: Json, found: Json, networks: Sequence[Network]) -> Json:
    return {
        "task": meta["task_state"], "target": meta["task_state"]["target"],
        "lineage": {
            **given.lineage, "trials": found["members"], "encoded": given.encoded.name,
            "networks": [n.hash for n in networks], "seed": given.seed,
        },
        "metrics": {"valid": found["valid"], "test": found["test"]},
        "metric": meta["metric"], "maximise": meta["maximise"],
        "rows": meta["rows"], "split": meta["split"],
        "versions": {
            "danlu": version("danlu"), "torch": version("torch"), "onnx": version("onnx"),
            "python": platform.python_version(),
        },
    }  # fmt: skip


def _golden(encoded: Path, encoder: Encoder, members: Sequence[Member], task: Task) -> list[Json]:
    """Answer raw validation rows, and rows made difficult, on the training side."""
    rows = variants(json.loads((encoded / "golden.json").read_text("utf-8")), encoder.columns())
    table, _ = table_of(rows, encoder.columns())
    said = answers(members, task, encoder.encode(table))
    return [{"row": row, "answer": answer.tolist()} for row, answer in zip(rows, said, strict=True)]


def _split(
    folder: Path, types: Mapping[str, TensorType], name: str
) -> tuple[dict[str, Array], Array]:
    inputs = {part: np.load(folder / f"{name}.{part}.npy", mmap_mode="r") for part in types}
    return inputs, np.load(folder / f"{name}.target.npy")
