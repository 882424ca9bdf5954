"""Optimizer: turns one trial's gradients into its next parameters, in place, in one pass."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from danlu.params import Params

AVERAGE = "average"
"""The slot of an optimizer that answers with an average of its way; judged in place of params."""


@dataclass(frozen=True)
class Rates:
    """The dials of one trial at one step."""

    learning_rate: float
    """Peak times the schedule's factor."""
    weight_decay: float
    momentum: float
    step_no: int
    """Counts from 0."""


@dataclass(frozen=True)
class Row:
    """One trial's parameters and optimizer state: views into the cohort's stacks."""

    params: Sequence[Tensor]
    slots: Sequence[Sequence[Tensor]]
    """One list per name in ``Optimizer.slots``, in the order of ``params``."""


class Optimizer(Params, ABC):
    """A pure function of (row, gradients, rates) that writes its result over the row.

    Updates see one trial, so its result cannot depend on its cohort mates; zeros at the end of an
    axis, with no gradient, stay zeros and change nothing else. Passes over memory are what an
    update costs: where torch has a fused kernel, it is taken.
    """

    slots: ClassVar[tuple[str, ...]]
    """Tensors kept per parameter, zero before step 0."""

    @abstractmethod
    def update(self, row: Row, grads: Sequence[Tensor], rates: Rates) -> None:
        """Write the next parameters and slots over ``row``; all tensors contiguous."""
