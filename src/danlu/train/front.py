"""Front: a fitted preprocessor, the same tensors in training, in answers and in the ONNX graph."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from danlu.catalog import Catalog
from danlu.tensor import Axis, Field, TensorType
from danlu.train.preprocessors.base import Array, Curves, Preprocessor

ROWS = 100_000
"""Looked at, evenly spread: quantiles of more differ by nothing that counts."""
FAR = 1e9  # no number of an encoded table lies there
Types = Mapping[str, TensorType]


def preprocessor(name: str) -> Preprocessor:
    """Return the one that a recipe names."""
    family: Catalog[Preprocessor] = Catalog("danlu.train.preprocessors", Preprocessor)  # type: ignore[type-abstract]
    return family.get(name)()


def fit(name: str, types: Types, train: Mapping[str, Array]) -> Front | None:
    """Learn from train rows; None if nothing is to be changed."""
    kind = preprocessor(name)
    if not kind.changes:
        return None
    tables: dict[str, _Table] = {}
    for given, kept in types.items():
        x = np.asarray(train[given][:: max(1, len(train[given]) // ROWS)])
        slots = _quantities(kept, x)
        if slots:
            tables[given] = _Table(kept, slots, kind.fit(x[:, slots]), widens=kind.widens)
    return Front(types, tables) if tables else None


def fit_folder(name: str, types: Types, folder: Path) -> Front | None:
    """Learn from the train rows of an encoded folder."""
    return fit(name, types, {n: np.load(folder / f"train.{n}.npy", mmap_mode="r") for n in types})


class Front(nn.Module):
    """Inputs as a network reads them, from inputs as the encoder gives them."""

    def __init__(self, types: Types, tables: Mapping[str, _Table]) -> None:
        super().__init__()
        self._tables = nn.ModuleDict({f"of_{name}": table for name, table in tables.items()})
        self.types = {n: tables[n].gives if n in tables else t for n, t in types.items()}
        """Of what comes out."""

    def forward(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Rescale the numbers of tables; everything else passes."""
        return {
            name: self._tables[f"of_{name}"](x) if f"of_{name}" in self._tables else x
            for name, x in inputs.items()
        }


class _Table(nn.Module):
    """The curves of one table."""

    def __init__(
        self, given: TensorType, slots: list[int], curves: Curves, *, widens: bool
    ) -> None:
        super().__init__()
        edges = np.array(curves.edges)
        real = np.isfinite(edges[:, 1:])
        width = np.where(real, np.diff(np.where(np.isfinite(edges), edges, 0.0)), 1.0)
        tensors = {
            "left": np.where(real, edges[:, :-1], FAR), "scale": 1 / np.where(real, width, 1.0),
            "rise": np.array(curves.rise), "start": np.array(curves.start),
        }  # fmt: skip
        for name, value in tensors.items():
            self.register_buffer(name, torch.tensor(value, dtype=torch.float32, device="cpu"))
        self._widens, self._bins = widens, edges.shape[1] - 1
        self._slots = slots
        order, self.gives = self._laid_out(given)
        self.register_buffer("order", torch.tensor(order, device="cpu"))
        self.register_buffer("slots", torch.tensor(slots, device="cpu"))

    def forward(self, x: Tensor) -> Tensor:
        """Return the table with other numbers  # (rows, features)."""
        numbers = x.index_select(1, self.get_buffer("slots"))[..., None]  # (rows, slots, 1)
        shares = (numbers - self.get_buffer("left")) * self.get_buffer("scale")
        filled = shares.clamp(0.0, 1.0)  # (rows, slots, bins)
        if self._widens:
            found = filled.flatten(1)
        else:
            found = self.get_buffer("start") + (filled * self.get_buffer("rise")).sum(-1)
        return torch.cat([x, found], dim=1).index_select(1, self.get_buffer("order"))

    def _laid_out(self, given: TensorType) -> tuple[list[int], TensorType]:
        """Return which slots of (old, new) side by side are the new table, and what it is."""
        size = int(given.axes[0].size or 0)
        each = self._bins if self._widens else 1
        of = {slot: size + place * each for place, slot in enumerate(self._slots)}
        order: list[int] = []
        fields: list[Field] = []
        for field in given.fields:
            start = len(order)
            for slot in range(field.start, field.start + field.width):
                order += range(of[slot], of[slot] + each) if slot in of else [slot]
            fields.append(field.model_copy(update={"start": start, "width": len(order) - start}))
        axes = (Axis(name=given.axes[0].name, size=len(order)),)
        return order, given.model_copy(update={"axes": axes, "fields": tuple(fields)})


def _quantities(given: TensorType, x: Array) -> list[int]:
    """Return the slots of a table that hold quantities: neither categories nor flags."""
    if len(given.axes) != 1:
        return []
    slots = [
        slot
        for field in given.fields
        if not field.is_category
        for slot in range(field.start, field.start + field.width)
    ]
    between = (x[:, slots] > x[:, slots].min(0)) & (x[:, slots] < x[:, slots].max(0))
    return [slot for slot, more in zip(slots, between.any(0), strict=True) if more]
