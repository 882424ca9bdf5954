"""Prepared: the rows of a cohort as its trials read them; several ways lie side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from danlu.tensor import TensorType
from danlu.train.batches import Encoded, Rows
from danlu.train.front import Front, fit
from danlu.train.recipe import Recipe

WAY = "way/"
"""A dial by input: 1 at the preprocessing a trial has, 0 at those of its mates  # (ways,)."""
AT_ONCE = 8192  # rows; while a number becomes bins it takes many times its memory


class Ways:
    """Which preprocessings the trials of a cohort have, each fitted on the same train rows."""

    def __init__(self, data: Encoded, recipes: Sequence[Recipe]) -> None:
        self._data = data
        self.names = list(dict.fromkeys(r.preprocessing for r in recipes))
        train = {name: x.numpy() for name, x in data.train.inputs.items()}
        self.fronts = {name: fit(name, data.types, train) for name in self.names}

    @property
    def types(self) -> dict[str, TensorType]:
        """Of the inputs as networks read them: of one way, or of several that are alike."""
        front = self.fronts[self.names[0]]
        return self._data.types if front is None else front.types

    def rows(self) -> Encoded:
        """Return the data; inputs of several ways are (rows, ways, ...)."""
        if not any(self.fronts.values()):
            return self._data
        train, valid = (self._prepare(rows) for rows in (self._data.train, self._data.valid))
        return Encoded(self.types, train, valid)

    def dials(self, name: str) -> dict[str, Tensor]:
        """Return what a trial of one way is given; nothing where all go the same."""
        if not any(self.fronts.values()) or len(self.names) == 1:
            return {}
        mark = torch.tensor([float(name == other) for other in self.names])
        return {WAY + given: mark for given in self._data.types}

    def _prepare(self, rows: Rows) -> Rows:
        every = [_through(self.fronts[name], rows.inputs) for name in self.names]
        if len(every) == 1:
            return Rows(every[0], rows.target)
        inputs = {name: torch.stack([way[name] for way in every], dim=1) for name in rows.inputs}
        return Rows(inputs, rows.target)


def chosen(inputs: Mapping[str, Tensor], dials: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the inputs of one trial: of several ways its own, to the bit."""
    return {
        name: (x * _wide(dials[WAY + name], x)).sum(1) if WAY + name in dials else x
        for name, x in inputs.items()
    }


def _wide(mark: Tensor, x: Tensor) -> Tensor:
    return mark.reshape(mark.shape[0], *(1 for _ in x.shape[2:]))


def _through(front: Front | None, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    if front is None:
        return dict(inputs)
    rows = len(next(iter(inputs.values())))
    parts = []
    with torch.no_grad():
        for start in range(0, rows, AT_ONCE):
            parts.append(front({n: x[start : start + AT_ONCE] for n, x in inputs.items()}))
    return {name: torch.cat([part[name] for part in parts]) for name in inputs}
