"""Finish (a job): choose the members, touch the test rows once, export, pack the bundle."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from danlu.compile.onnx import Member, export
from danlu.data.encoder import Encoder
from danlu.errors import TrainingError
from danlu.experiment.baselines import stem
from danlu.experiment.blend import blend
from danlu.experiment.card import card
from danlu.experiment.golden import golden_rows
from danlu.network.graph import Network
from danlu.params import Params
from danlu.registry.bundle import pack
from danlu.search.ensemble import shares, team
from danlu.serve.gate import run_gate
from danlu.tasks.base import Task, load
from danlu.tensor import TensorType
from danlu.train import recipe as recipes
from danlu.train.answer import answers, member
from danlu.train.front import Front, fit_folder

Json = dict[str, Any]
Array = NDArray[Any]
Name = int | str
"""A candidate: the number of a trial, or a baseline."""
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
    recipe: Json = Field({})
    """What trials have in common."""
    members: int
    folder: Path
    seed: int
    lineage: Json
    baselines: tuple[Json, ...] = ()
    latency_ms: float | None = None
    compete: Path | None = None
    """Folder of the baselines' graphs and answers; None = they are yardsticks only."""


def run(args: Json, report: Any) -> Json:
    """Return ``{"members", "baselines", "valid", "test", "manifest", "network"}``, all packed."""
    del report
    given = FinishArgs.model_validate(args)
    meta = json.loads((given.encoded / "meta.json").read_text("utf-8"))
    task, said = load(meta["task_state"]), _said(given)
    names = _choose(given, task, said)
    if given.latency_ms is None:
        return _packed(given, Team(given, meta, names, said))
    tried: list[Json] = []
    for smaller in _ever_smaller(names, said):
        found = _packed(given, Team(given, meta, smaller, said))
        ms = run_gate(given.folder)["latency_ms"]
        fits = ms is not None and ms <= given.latency_ms
        tried.append({"names": _shown(smaller), "ms": ms, "fits": fits})
        if fits:
            return {**found, "latency": tried}
    best = min((t for t in tried if t["ms"] is not None), key=lambda t: t["ms"], default=tried[0])
    raise TrainingError(
        f"nothing answers a row within {given.latency_ms:g} ms", code="latency_budget",
        where=", ".join(best["names"]), tried=tried,
        do=f"The fastest takes {best['ms'] or 0:.3g} ms: allow more, or search smaller networks.",
    )  # fmt: skip


def _packed(given: FinishArgs, team: Team) -> Json:
    """Judge a team on the test rows and write its bundle."""
    encoder = Encoder.model_validate_json((given.encoded / "encoder.json").read_text("utf-8"))
    rows, inputs = golden_rows(given.encoded, encoder)
    golden = team.answers("golden", inputs)
    found = {
        "members": [c.number for c in team.trials], "baselines": team.baselines,
        "valid": team.valid, "network": team.networks[0].document(), "test": team.test(),
    }  # fmt: skip
    manifest = _manifest(given, team.meta, found, team.networks[: len(team.trials)])
    pack(
        given.folder, onnx=team.export(), encoder=encoder, decoder=team.task.decoder(),
        golden=[{"row": r, "answer": a.tolist()} for r, a in zip(rows, golden, strict=True)],
        manifest=manifest, card=card(manifest, given.baselines),
    )  # fmt: skip
    return {**found, "manifest": manifest}


class Team:
    """The members of the model: trials, baselines, or some of both."""

    def __init__(
        self, given: FinishArgs, meta: Json, names: Sequence[Name], said: Mapping[Name, Array]
    ) -> None:
        self.given, self.meta = given, meta
        self.task: Task = load(meta["task_state"])
        self.types = {name: TensorType.model_validate(t) for name, t in meta["types"].items()}
        by_number = {c.number: c for c in given.trials}
        self.trials = [by_number[n] for n in names if isinstance(n, int)]
        self.baselines = [name for name in names if isinstance(name, str)]
        self.shares = shares(len(self.trials), len(self.baselines))
        weights = {n: self.shares[isinstance(n, str)] for n in names}
        mixed: Array = np.sum([weights[n] * said[n] for n in names], axis=0)
        self.valid = self._judged(mixed, "valid")
        base = Network.model_validate(given.network)
        shown = self.trials or given.trials[:1]  # the best network is told of, even if it lost
        self.networks = [base.with_values(c.values) for c in shown]
        recipe = recipes.parse(given.recipe)
        self._members: list[Member] = [
            member(n, self.types, self.task.head, c.weights, self._front(recipe, c))
            for n, c in zip(self.networks, self.trials, strict=False)
        ]

    def _front(self, recipe: recipes.Recipe, trial: Candidate) -> Front | None:
        name = recipe.with_values(trial.values).preprocessing
        return fit_folder(name, self.types, self.given.encoded)

    def answers(self, split: str, inputs: Mapping[str, NDArray[np.float32]]) -> Array:
        """Return what the members themselves answer together, before any export."""
        each, of_baseline = self.shares
        parts = [of_baseline * np.load(self._file(n, f".{split}.npy")) for n in self.baselines]
        if self._members:
            own = answers(self._members, self.task, inputs).astype(np.float64)
            parts.append(each * len(self._members) * own)
        found: Array = np.sum(parts, axis=0)
        return found

    def test(self) -> dict[str, float]:
        """Touch the test rows."""
        folder = self.given.encoded
        inputs = {part: np.load(folder / f"test.{part}.npy", mmap_mode="r") for part in self.types}
        return self._judged(self.answers("test", inputs), "test")

    def export(self) -> bytes:
        """Return one graph that answers for all of them."""
        networks = export(self._members, self.task, self.types) if self._members else b""
        if not self.baselines:
            return networks
        each, of_baseline = self.shares
        parts = [(networks, each * len(self._members))] if networks else []
        parts += [(self._file(n, ".onnx").read_bytes(), of_baseline) for n in self.baselines]
        return blend(parts, self.types)

    def _judged(self, answer: Array, split: str) -> dict[str, float]:
        return self.task.metrics(answer, np.load(self.given.encoded / f"{split}.target.npy"))

    def _file(self, name: str, ending: str) -> Path:
        assert self.given.compete is not None
        return self.given.compete / f"{stem(name)}{ending}"


def _said(given: FinishArgs) -> dict[Name, Array]:
    """Read what every candidate answers on validation: trials, best first, then baselines."""
    said: dict[Name, Array] = {c.number: np.load(c.answers) for c in given.trials}
    for row in given.baselines if given.compete else ():
        path = given.compete / f"{stem(row['name'])}.valid.npy" if given.compete else None
        if path and path.exists():
            said[row["name"]] = np.load(path)
    return said


def _choose(given: FinishArgs, task: Task, said: Mapping[Name, Array]) -> list[Name]:
    """Pick the members whose answers are best together on validation."""
    target = np.load(given.encoded / "valid.target.npy")

    def judge(answer: Array, rows: Array) -> float:
        return task.metrics(answer, target[rows])[task.main_metric]

    return team(
        {n: a for n, a in said.items() if isinstance(n, int)},
        {n: a for n, a in said.items() if isinstance(n, str)},
        judge, k=given.members, maximise=task.maximise, gain=GAIN * abs(given.trials[0].metric),
    )  # fmt: skip


def _ever_smaller(names: Sequence[Name], said: Iterable[Name]) -> Iterator[Sequence[Name]]:
    """Leave out the last member again and again, then try every candidate alone.

    >>> list(_ever_smaller([3, 1], [3, 7, 1]))
    [[3, 1], [3], [7], [1]]
    """
    for count in range(len(names), 0, -1):
        yield names[:count]
    for other in said:
        if other != names[0]:
            yield [other]


def _shown(names: Sequence[Name]) -> list[str]:
    return [name if isinstance(name, str) else f"trial {name}" for name in names]


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
        **({"latency_budget_ms": given.latency_ms} if given.latency_ms else {}),
        "rows": meta["rows"], "split": meta["split"],
        "versions": {
            "danlu": version("danlu"), "torch": version("torch"), "onnx": version("onnx"),
            "scikit-learn": version("scikit-learn"), "python": platform.python_version(),
        },
    }  # fmt: skip
