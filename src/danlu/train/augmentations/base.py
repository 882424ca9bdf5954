"""Augmentation: what one trial sees in place of a batch, a little different at every step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from danlu.params import Params

Draw = Callable[[str, tuple[int, ...]], Tensor]
"""Uniform noise in (0, 1) by a name and a shape, see `train/noise.py`."""


class Seen(NamedTuple):
    """A batch of one trial."""

    inputs: dict[str, Tensor]
    """(rows, ...) each."""
    categories: dict[str, Tensor]
    """By input, 1 for the slots of its last axis that hold an index, not a quantity."""
    other: Tensor | None = None
    """Share of each row's loss that is taken at the target of the row before it  # (rows,)."""


class Augmentation(Params, ABC):
    """A pure function of (batch, strength, noise); a strength of 0 changes nothing, bit by bit.

    Strengths are dials: trials of one cohort differ in them, and in the kind, at no cost in
    programs.
    """

    @abstractmethod
    def change(self, seen: Seen, strength: Tensor, draw: Draw) -> Seen:
        """Return what is seen instead; ``strength`` is 0-dim, from 0 to 1."""


def before(x: Tensor) -> Tensor:
    """Return for every row the one before it: batches are shuffled, so that is any other row."""
    return torch.cat([x[-1:], x[:-1]])


def is_pictures(x: Tensor) -> bool:
    """Whether an input holds pictures  # (rows, channels, height, width)."""
    return x.dim() == 4
