"""Batches: an encoded split as tensors, and the order its rows are seen in."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from danlu.errors import DataError
from danlu.tensor import TensorType
from danlu.train.device import HOST, Device

LOOKED_AT = 65_536  # rows


@dataclass(frozen=True)
class Rows:
    """Inputs and target of some rows; the rows axis comes first in every tensor."""

    inputs: dict[str, Tensor]
    target: Tensor
    device: Device = HOST
    """Where batches are wanted; the rows lie there, or with the host if they do not fit."""

    def __len__(self) -> int:
        return len(self.target)

    def take(self, index: Tensor) -> Rows:
        """Gather the rows numbered by ``index`` (int64)."""
        inputs = {name: self._gathered(x, index) for name, x in self.inputs.items()}
        return Rows(inputs, self._gathered(self.target, index), self.device)

    def part(self, start: int, stop: int) -> Rows:
        """Return a run of rows, without copying where they lie on their device."""
        at = self.device.at
        inputs = {name: x[start:stop].to(at) for name, x in self.inputs.items()}
        return Rows(inputs, self.target[start:stop].to(at), self.device)

    def on(self, device: Device, room_bytes: int) -> Rows:
        """Return the same rows for a device: moved there at once if they fit in ``room_bytes``."""
        every = [*self.inputs.values(), self.target]
        if sum(x.nbytes for x in every) > room_bytes:
            return replace(self, device=device)
        inputs = {name: x.to(device.at) for name, x in self.inputs.items()}
        return Rows(inputs, self.target.to(device.at), device)

    def _gathered(self, x: Tensor, index: Tensor) -> Tensor:
        if x.device.type == self.device.name:
            return x.index_select(0, index)
        staged = torch.empty(
            (len(index), *x.shape[1:]), dtype=x.dtype, device="cpu", pin_memory=self.device.pins
        )
        torch.index_select(x, 0, index, out=staged)
        return staged.to(self.device.at, non_blocking=self.device.pins)


@dataclass(frozen=True)
class Encoded:
    """What `experiment/prepare.py` wrote: types of the inputs, train and validation rows."""

    types: dict[str, TensorType]
    train: Rows
    valid: Rows

    def on(self, device: Device) -> Encoded:
        """Return the same rows for a device; those that are seen most are moved there first."""
        if device.name == HOST.name:
            return self
        train = self.train.on(device, device.room_bytes())
        return replace(self, train=train, valid=self.valid.on(device, device.room_bytes()))


def load(folder: Path) -> Encoded:
    """Read an encoded folder; refuses rows that cannot be learnt from, saying where."""
    try:
        meta = json.loads((folder / "meta.json").read_text("utf-8"))
        types = {name: TensorType.model_validate(t) for name, t in meta["types"].items()}
        return Encoded(types, _split(folder, "train", types), _split(folder, "valid", types))
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            f"the encoded data cannot be read: {error}", code="encoded_unreadable",
            where=f"folder '{folder.name}'", do="Delete the folder; it is made again.",
        ) from error  # fmt: skip


def steps_of(rows: int, batch_size: int) -> int:
    """Return the steps of an epoch: rows are shared out evenly, at most ``steps - 1`` are left out.

    >>> steps_of(600, 512), steps_of(455, 64), steps_of(10, 512)
    (1, 7, 1)
    """
    return max(1, round(rows / batch_size))


def order(rows: int, seed: int, epoch: int) -> Tensor:
    """Shuffle row numbers: a pure function, the same for every cohort of an experiment."""
    draw = np.random.Generator(np.random.Philox(key=[seed, epoch]))
    return torch.from_numpy(draw.permutation(rows))


def _split(folder: Path, split: str, types: dict[str, TensorType]) -> Rows:
    target = mapped(folder / f"{split}.target.npy")
    inputs = {name: mapped(folder / f"{split}.{name}.npy") for name in types}
    where = f"split '{split}'"
    if not len(target):
        raise DataError(f"no {split} rows", code="split_empty", where=where, do="Add rows.")
    for name, x in {**inputs, "target": target}.items():
        if len(x) != len(target):
            raise DataError(
                f"input '{name}' has {len(x)} rows, the target {len(target)}",
                code="rows_differ", where=where,
            )  # fmt: skip
        bad = _not_finite(x) if x.is_floating_point() else 0
        if bad:
            raise DataError(
                f"{bad} rows of '{name}' hold NaN or infinity", code="not_finite", where=where,
                do="Report this: an encoder must never give such values.",
            )  # fmt: skip
    return Rows(inputs, target)


def _not_finite(x: Tensor) -> int:
    """Count the rows that hold NaN or infinity, a stretch at a time."""
    parts = (x[at : at + LOOKED_AT] for at in range(0, len(x), LOOKED_AT))
    return sum(int((~torch.isfinite(p.reshape(len(p), -1))).any(1).sum()) for p in parts)


def mapped(path: Path) -> Tensor:
    """Map one array: all workers share its pages, and only what is gathered is copied.

    Copy on write, because torch wants to be able to write; nothing does.
    """
    return torch.from_numpy(np.load(path, mmap_mode="c", allow_pickle=False))
