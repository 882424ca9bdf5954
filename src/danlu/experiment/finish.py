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
from danlu.experiment.baselines import stem
from danlu.experiment.blend import blend
from danlu.experiment.card import card
from danlu.experiment.golden import golden_rows
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
    """What to choose from, and where the bundle goes."""

    encoded: Path
    network: Json
    trials: tuple[Candidate, ...]
    """Best first."""
    members: int
    folder: Path
    seed: int
    lineage: Json
    baselines: tuple[Json, ...] = ()
    compete: Path | None = None
    """Folder of the baselines' graphs and answers; None = they are yardsticks only."""


def run(args: Json, report: Any) -> Json:
    """Return ``{"members", "baselines", "valid", "test", "manifest", "network"}``, all packed."""
    del report
    given = FinishArgs.model_validate(args)
    meta = json.loads((given.encoded / "meta.json").read_text("utf-8"))
    team = Team(given, meta)
    target = np.load(given.encoded / "test.target.npy")
    encoder = Encoder.model_validate_json((given.encoded / "encoder.json").read_text("utf-8"))
    rows, inputs = golden_rows(given.encoded, encoder)
    golden = team.answers("golden", inputs)
    found = {
        "members": [c.number for c in team.trials], "baselines": team.baselines,
        "valid": team.valid, "network": team.networks[0].document(),
        "test": team.task.metrics(team.answers("test", team.test_inputs()), target),
    }  # fmt: skip
    manifest = _manifest(given, meta, found, team.networks[: len(team.trials)])
    pack(
        given.folder, onnx=team.export(), encoder=encoder, decoder=team.task.decoder(),
        golden=[{"row": r, "answer": a.tolist()} for r, a in zip(rows, golden, strict=True)],
        manifest=manifest, card=card(manifest, given.baselines),
    )  # fmt: skip
    return {**found, "manifest": manifest}


class Team:
    """The members of the model: trials, baselines, or some of both."""

    def __init__(self, given: FinishArgs, meta: Json) -> None:
        self.given = given
        self.task: Task = load(meta["task_state"])
        self.types = {name: TensorType.model_validate(t) for name, t in meta["types"].items()}
        chosen, self.valid = _choose(given, self.task)
        by_number = {c.number: c for c in given.trials}
        self.trials = [by_number[n] for n in chosen if isinstance(n, int)]
        self.baselines = [name for name in chosen if isinstance(name, str)]
        base = Network.model_validate(given.network)
        shown = self.trials or given.trials[:1]  # the best network is told of, even if it lost
        self.networks = [base.with_values(c.values) for c in shown]
        self._members: list[Member] = [
            member(n, self.types, self.task.head, c.weights)
            for n, c in zip(self.networks, self.trials, strict=False)
        ]

    def answers(self, split: str, inputs: Mapping[str, NDArray[np.float32]]) -> Array:
        """Return the mean of what the members themselves answer, before any export."""
        count = len(self._members)
        parts = [np.load(self._file(name, f".{split}.npy")) for name in self.baselines]
        if count:
            parts.append(count * answers(self._members, self.task, inputs).astype(np.float64))
        mean: Array = np.sum(parts, axis=0) / (count + len(self.baselines))
        return mean

    def test_inputs(self) -> dict[str, Array]:
        """Return the encoded test rows."""
        folder = self.given.encoded
        return {part: np.load(folder / f"test.{part}.npy", mmap_mode="r") for part in self.types}

    def export(self) -> bytes:
        """Return one graph that answers the mean."""
        networks = export(self._members, self.task, self.types) if self._members else b""
        if not self.baselines:
            return networks
        parts = [(networks, len(self._members))] if networks else []
        parts += [(self._file(name, ".onnx").read_bytes(), 1) for name in self.baselines]
        return blend(parts, self.types)

    def _file(self, name: str, ending: str) -> Path:
        assert self.given.compete is not None
        return self.given.compete / f"{stem(name)}{ending}"


def _choose(given: FinishArgs, task: Task) -> tuple[list[int | str], dict[str, float]]:
    """Pick the members whose mean answer is best on validation, and say how good it is."""
    target = np.load(given.encoded / "valid.target.npy")
    said: dict[int | str, Array] = {c.number: np.load(c.answers) for c in given.trials}
    for row in given.baselines if given.compete else ():
        path = given.compete / f"{stem(row['name'])}.valid.npy" if given.compete else None
        if path and path.exists():
            said[row["name"]] = np.load(path)
    best = given.trials[0].metric

    def metric(answer: Array) -> float:
        return task.metrics(answer, target)[task.main_metric]

    names = greedy(said, metric, k=given.members, maximise=task.maximise, gain=GAIN * abs(best))
    return names, task.metrics(np.mean([said[n] for n in names], axis=0), target)


def _manifest(given: FinishArgs, meta: Json, found: Json, networks: Sequence[Network]) -> Json:
    return {
        "task": meta["task_state"], "target": meta["task_state"]["target"],
        "lineage": {
            **given.lineage, "trials": found["members"], "baselines": found["baselines"],
            "encoded": given.encoded.name, "networks": [n.hash for n in networks],
            "seed": given.seed,
        },
        "metrics": {"valid": found["valid"], "test": found["test"]},
        "metric": meta["metric"], "maximise": meta["maximise"],
        "rows": meta["rows"], "split": meta["split"],
        "versions": {
            "danlu": version("danlu"), "torch": version("torch"), "onnx": version("onnx"),
            "scikit-learn": version("scikit-learn"), "python": platform.python_version(),
        },
    }  # fmt: skip
