"""Encoded: a small encoded folder with a planted signal, and a network and task that fit it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from danlu.tensor import Axis, Field, TensorType

Json = dict[str, Any]
FEATURES = 8
TASK: Json = {
    "kind": "classification", "target": "y", "classes": [False, True], "labels_are": "boolean"
}  # fmt: skip


def write_encoded(folder: Path, *, rows: int = 400, seed: int = 0) -> Path:
    """Write train and validation rows whose class is the sign of a smooth function."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(seed)
    slope = draw.normal(size=FEATURES)
    for split, count in (("train", rows), ("valid", rows // 2)):
        x = draw.normal(size=(count, FEATURES)).astype(np.float32)
        signal = x @ slope + 2 * x[:, 0] * x[:, 1] + 0.3 * draw.normal(size=count)
        np.save(folder / f"{split}.table.npy", x)
        np.save(folder / f"{split}.target.npy", (signal > 0).astype(np.int64))
    fields = tuple(Field(column=f"c{i}", start=i) for i in range(FEATURES))
    table = TensorType(axes=(Axis(name="features", size=FEATURES),), fields=fields)
    (folder / "meta.json").write_text(json.dumps({"types": {"table": table.model_dump()}}))
    return folder


def network(*, units: int = 16) -> Json:
    """Return a document with every kind of state: matrices, scales, running figures, noise."""
    chain = {
        "columns": ("columns", {}),
        # A bias before a batch norm has no effect, so its gradient is nothing but rounding.
        "dense_1": ("dense", {"units": units, "bias": False}),
        "norm_1": ("batch_norm", {}),
        "act_1": ("activation", {}),
        "drop_1": ("dropout", {"p": 0.1}),
        "dense_2": ("dense", {"units": units}),
        "norm_2": ("layer_norm", {}),
        "act_2": ("activation", {}),
        "head": ("dense", {"units": "target"}),
    }
    sources = ["table", *chain]
    nodes = {
        name: {"op": op, "params": params, "in": {"x": source}}
        for source, (name, (op, params)) in zip(sources, chain.items(), strict=False)
    }
    return {
        "format": "danlu.network", "version": 1, "name": "small", "inputs": {"table": {}},
        "nodes": nodes, "outputs": {"y": "head"},
    }  # fmt: skip


def cohort_args(folder: Path, **changes: Any) -> Json:
    """Return arguments of the train job: three trials with dials of their own, one program."""
    return {
        "encoded": str(write_encoded(folder / "encoded")),
        "network": network(),
        "task": TASK,
        "recipe": {"epochs": 4, "batch_size": 64},
        "trials": [trial(n) for n in range(3)],
        "checkpoint": str(folder / "cohort"),
        "seed": 7,
        "together": 3,
        "checkpoint_every_s": 0,
        **changes,
    }


def trial(number: int) -> Json:
    """Return the arguments of one trial, different from those of its neighbours."""
    values = {
        "recipe.learning_rate": 2e-3 * (1 + number), "recipe.weight_decay": 1e-2 * number,
        "recipe.label_smoothing": 0.02 * number, "drop_1.p": 0.05 + 0.1 * number,
    }  # fmt: skip
    return {"number": number, "seed": 100 + number, "values": values}
