"""Prepared: the rows of a cohort as its trials read them; several ways lie side by side."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from danlu.tensor import TensorType
from danlu.train.batches import Encoded, Rows, mapped
from danlu.train.front import Front, fit
from danlu.train.recipe import Recipe

WAY = "way/"
"""A dial by way and input: 1 at the preprocessing a trial has, 0 at those of its mates."""
VERSION = 1
"""Of the files: rows that other code has prepared are not used."""
AT_ONCE = 8192  # rows; while a number becomes bins it takes many times its memory


class Ways:
    """Which preprocessings the trials of a cohort have, each fitted on the same train rows.

    What a way makes of the rows is written beside them once, and mapped like them.
    """

    def __init__(self, data: Encoded, recipes: Sequence[Recipe], folder: Path) -> None:
        self._data, self._folder = data, folder
        self.names = list(dict.fromkeys(r.preprocessing for r in recipes))
        train = {name: x.numpy() for name, x in data.train.inputs.items()}
        self._fronts = {name: fit(name, data.types, train) for name in self.names}

    @property
    def types(self) -> dict[str, TensorType]:
        """Of the inputs as networks read them: of one way, or of several that are alike."""
        front = self._fronts[self.names[0]]
        return self._data.types if front is None else front.types

    def rows(self) -> Encoded:
        """Return the data; inputs of several ways are named "<way>/<input>"."""
        splits = {"train": self._data.train, "valid": self._data.valid}
        train, valid = (self._prepare(split, rows) for split, rows in splits.items())
        return Encoded(self.types, train, valid)

    def dials(self, name: str) -> dict[str, Tensor]:
        """Return what a trial of one way is given; nothing where all go the same."""
        if len(self.names) == 1:
            return {}
        given = self._data.types
        marks = {w: torch.tensor(float(w == name), device="cpu") for w in self.names}
        return {f"{WAY}{w}/{n}": mark for w, mark in marks.items() for n in given}

    def _prepare(self, split: str, rows: Rows) -> Rows:
        every = {name: self._through(name, split, rows.inputs) for name in self.names}
        if len(every) == 1:
            return Rows(every[self.names[0]], rows.target)
        inputs = {f"{way}/{n}": x for way, given in every.items() for n, x in given.items()}
        return Rows(inputs, rows.target)

    def _through(self, name: str, split: str, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        front = self._fronts[name]
        if front is None:
            return dict(inputs)
        files = {n: self._folder / f"{split}.{n}.{name}-{VERSION}.npy" for n in inputs}
        if not all(path.exists() for path in files.values()):
            _write(front, inputs, files)
        return {n: mapped(path) for n, path in files.items()}


def chosen(inputs: Mapping[str, Tensor], dials: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the inputs of one trial: of several ways its own, to the bit."""
    found: dict[str, Tensor] = {}
    for key, x in inputs.items():
        if WAY + key in dials:
            name, mine = key.partition("/")[2], x * dials[WAY + key]
            found[name] = found[name] + mine if name in found else mine
        else:
            found[key] = x
    return found


def _write(front: Front, inputs: Mapping[str, Tensor], files: Mapping[str, Path]) -> None:
    """Write every input, a stretch of rows at a time, and give each its name when it is whole."""
    rows = len(next(iter(inputs.values())))
    temporary = {n: path.with_name(f".{path.name}.{os.getpid()}") for n, path in files.items()}
    arrays = {}
    for name, given in front.types.items():
        shape = (rows, *(int(size or 1) for size in given.shape))
        arrays[name] = np.lib.format.open_memmap(
            temporary[name], mode="w+", dtype=np.float32, shape=shape
        )
    with torch.no_grad():
        for start in range(0, rows, AT_ONCE):
            part = front({n: x[start : start + AT_ONCE] for n, x in inputs.items()})
            for name, x in part.items():
                arrays[name][start : start + AT_ONCE] = x.numpy()
    for name, array in arrays.items():
        array.flush()
        temporary[name].replace(files[name])
