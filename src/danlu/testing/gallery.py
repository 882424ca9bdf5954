"""Gallery: every entry is trained on real data from installed packages, and must beat its floor."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn import datasets as sklearn_data

from danlu.data import samples
from danlu.data.dataset import Column, Schema, Table
from danlu.data.encoder import Encoder, select
from danlu.data.reading import read
from danlu.data.split import Split, split
from danlu.network.gallery.base import Entry, Types
from danlu.tasks.base import dump, tasks
from danlu.train.job import run

Json = dict[str, Any]
VALID = 0.3
FLIGHTS = 8_000  # rows, evenly over the year


class Real(NamedTuple):
    """Rows of a real dataset with their target."""

    table: Table
    schema: Schema
    target: str
    task: str


class Learnt(NamedTuple):
    """What came of one training."""

    state: str
    metrics: Mapping[str, float | None]
    """Of the last epoch on rows that were not trained on; no epoch is chosen by them."""


def real(name: str) -> Real:
    """Return a dataset by name: digits, wine, breast_cancer, diabetes, xor or flights."""
    return _MAKERS[name]()


def types_of(data: Real) -> Types:
    """Return the types that the encoder gives to a network's only input, "table"."""
    return _encoder(data, np.arange(len(data.table[data.target]))).types()


def encode(data: Real, folder: Path) -> tuple[Types, Json, int]:
    """Write the encoded folder that a trainer reads; return types, the task and train rows."""
    folder.mkdir(parents=True, exist_ok=True)
    column = data.schema.column(data.target)
    task = tasks().get(data.task).fit(data.table[data.target], column)
    target = task.encode(data.table[data.target])
    method = "stratified" if data.task == "classification" else "random"
    parts = split(data.table, Split(method=method, valid=VALID, test=0.01), target=target)
    encoder = _encoder(data, parts["train"])
    for name in ("train", "valid"):
        rows = {c: values[parts[name]] for c, values in data.table.items()}
        np.save(folder / f"{name}.table.npy", encoder.encode(rows)["table"])
        np.save(folder / f"{name}.target.npy", target[parts[name]])
    types = encoder.types()
    meta = {"types": {n: t.model_dump() for n, t in types.items()}}
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    return types, dump(task), len(parts["train"])


def learn(entry: Entry, folder: Path, *, seed: int = 0) -> Learnt:
    """Train an entry as it proposes itself on the data of its proof, in this process."""
    data = real(entry.proof.dataset)
    types, task, rows = encode(data, folder / "encoded")
    head = len(task["classes"]) if data.task == "classification" else 1
    if head == 2:
        head = 1
    found = entry.propose(types, rows=rows, task=data.task, head=head)
    recipe = {**found.recipe, "epochs": entry.proof.epochs, "patience": 0}
    args = {
        "encoded": str(folder / "encoded"), "network": found.network.document(), "task": task,
        "recipe": recipe, "trials": [{"number": 0, "seed": seed, "values": {}}],
        "checkpoint": str(folder / "cohort"), "seed": seed, "together": 1,
        "checkpoint_every_s": 1e9,
    }  # fmt: skip
    ended = run(args, lambda _: None)["trials"][0]
    last = ended["curve"][-1] if ended["curve"] else {}
    return Learnt(ended["state"], last)


def _encoder(data: Real, train: np.ndarray[Any, Any]) -> Encoder:
    rows = {name: values[train] for name, values in data.table.items()}
    return Encoder.fit(rows, data.schema, {"table": select(data.schema, {}, data.target)})


def _of_sklearn(name: str, task: str) -> Real:
    found = getattr(sklearn_data, f"load_{name}")()
    names = [str(n).replace(" ", "_").replace("/", "_") for n in found.feature_names]
    table = {n: found.data[:, i].astype(np.float64) for i, n in enumerate(names)}
    table["target"] = found.target.astype(np.float64)
    columns = tuple(Column(name=n, kind="number") for n in table)
    return Real(table, Schema(columns=columns), "target", task)


def _xor() -> Real:
    """Return the four cases that no perceptron can tell apart, often and a little blurred."""
    draw = np.random.default_rng(0)
    bits = draw.integers(0, 2, size=(400, 2))
    blurred = bits + draw.normal(scale=0.05, size=bits.shape)
    table = {"a": blurred[:, 0], "b": blurred[:, 1], "target": (bits[:, 0] ^ bits[:, 1]) * 1.0}
    columns = tuple(Column(name=n, kind="number") for n in table)
    return Real(table, Schema(columns=columns), "target", "classification")


@lru_cache(maxsize=1)
def _flights() -> Real:
    """Return every forty-second flight of the sample: late or not, by carrier, route, weather."""
    path = Path(str(samples.__path__[0])) / "flights.parquet"
    kinds = {
        "carrier": "category", "origin": "category", "dest": "category", "distance": "number",
        "temp": "number", "humid": "number", "wind_speed": "number", "precip": "number",
        "visib": "number", "arrives_minute": "number", "late": "boolean",
    }  # fmt: skip
    schema = Schema(columns=tuple(Column(name=n, kind=k) for n, k in kinds.items()))
    whole = read([path], schema)
    rows = np.linspace(0, len(whole["late"]) - 1, FLIGHTS).astype(np.int64)
    table = {name: values[rows] for name, values in whole.items()}
    return Real(table, schema, "late", "classification")


_MAKERS: dict[str, Callable[[], Real]] = {
    "breast_cancer": lambda: _of_sklearn("breast_cancer", "classification"),
    "diabetes": lambda: _of_sklearn("diabetes", "regression"),
    "digits": lambda: _of_sklearn("digits", "classification"),
    "flights": _flights,
    "wine": lambda: _of_sklearn("wine", "classification"),
    "xor": _xor,
}


class EntryContract:
    """Subclass in a test module with a fixture ``entry`` (an `Entry`)."""

    def test_it_has_a_name_in_both_languages(self, entry: Entry) -> None:
        """People find it in English and in Chinese."""
        assert set(entry.title) == set(entry.words) == {"en", "zh"}
        assert entry.paper

    def test_it_says_which_data_do_not_fit(self, entry: Entry) -> None:
        """Two tables where one is wanted, or at least its own data fit."""
        assert entry.why_not(types_of(real(entry.proof.dataset))) is None
        assert entry.why_not({}) is not None

    def test_it_learns(self, entry: Entry, tmp_path: Path) -> None:
        """It beats its floor on real data that it was not trained on."""
        found = learn(entry, tmp_path)
        assert found.state == "finished", found
        value, floor = found.metrics[entry.proof.metric], entry.proof.floor
        assert value is not None
        lower_is_better = entry.proof.metric in ("rmse", "mae")
        assert value < floor if lower_is_better else value > floor, (value, floor)
