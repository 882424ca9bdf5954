"""Events: what a trainer tells while it works; torch-free, JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from pydantic import Field

from danlu.params import Params

TrialEnd = Literal[
    "finished", "stopped_early", "pruned", "diverged", "out_of_memory", "data_error", "crashed"
]


class EpochDone(Params):
    """One trial has seen all train rows once more; epochs count from 1."""

    event: Literal["epoch_done"] = "epoch_done"
    trial: int
    epoch: int
    loss: float | None
    """Mean train loss of the epoch; None when not finite."""
    valid_loss: float | None
    metrics: dict[str, float | None]
    """On the validation split."""
    learning_rate: float
    seconds: float
    """Its share of the cohort's wall clock."""


class Point(Params):
    """One epoch of a trial's curve, without the clock: bit-identical after a resume."""

    epoch: int
    loss: float | None
    valid_loss: float | None
    metrics: dict[str, float | None]

    def flat(self) -> dict[str, float | None]:
        """Return ``{"epoch", "loss", "valid_loss", <metric>...}``."""
        return {
            "epoch": self.epoch, "loss": self.loss, "valid_loss": self.valid_loss, **self.metrics
        }  # fmt: skip


class TrialEnded(Params):
    """How one trial ended, with everything worth keeping."""

    event: Literal["trial_ended"] = "trial_ended"
    number: int
    state: TrialEnd
    reason: dict[str, Any] = Field({})
    """See `train/ends.py`."""
    metric: float | None = None
    """Best value of the main metric on the validation split."""
    metrics: dict[str, float | None] = Field({})
    """All metrics of the best epoch."""
    best_epoch: int | None = None
    epochs: int = 0
    seconds: float = 0.0
    weights: str | None = None
    """Best epoch's weights: a safetensors file keyed by node names."""
    answers: str | None = None
    """Best epoch's answers on the validation rows: a .npy file."""
    reused: tuple[int, int] | None = None
    """Tensors taken over from the warm start, and of how many."""
    curve: tuple[dict[str, float | None], ...] = ()


LIMIT = 300
"""Half-octaves below 1 that a float32 can be; places of bins begin above it."""


class Histogram(Params):
    """Values by sign and size, in bins of half an octave; size, extremes and zeros are exact.

    >>> Histogram.edges(306), Histogram.edges(-306), Histogram.edges(0)
    ((2.8284271247461903, 4.0), (-4.0, -2.8284271247461903), (0.0, 0.0))
    """

    low: float | None
    """Smallest finite value; None if there is none."""
    high: float | None
    size: int
    zeros: int
    missing: int
    """NaN."""
    infinite: int
    mean: float | None = None
    """Of the values that ``bins`` count."""
    deviation: float | None = None
    sampled: int
    """Values that ``bins`` count; of a large tensor not all of them."""
    bins: dict[int, int]
    """Count by place: negative numbers below 0, zeros at 0, see ``edges``."""

    @staticmethod
    def edges(place: int) -> tuple[float, float]:
        """Return between which values a bin lies."""
        if place == 0:
            return 0.0, 0.0
        k = abs(place) - LIMIT - 1
        left, right = 2.0 ** ((k - 2) / 2), 2.0 ** ((k - 1) / 2)
        return (left, right) if place > 0 else (-right, -left)


class Watched(Params):
    """What one step did inside one trial; see `train/watch.py`."""

    event: Literal["watched"] = "watched"
    trial: int
    epoch: int
    step: int
    gradient_norm: float | None
    """Of all weights, before it is clipped."""
    ratios: dict[str, float | None]
    """By weight: the norm of its update over its own; None for a weight of zeros."""
    norms: dict[str, float | None] = Field({})
    """By weight: the norm of its gradient."""
    weights: dict[str, Histogram]
    """After the step."""
    gradients: dict[str, Histogram]
    activations: dict[str, Histogram]
    """By node, for the batch of the step."""
    dead: dict[str, float]
    """By activation node: share of units that are zero for every row of the batch."""
    seconds: dict[str, float]
    """By node, forwards, of this trial alone."""


class Alive(Params):
    """A long epoch is under way and steps are being made; silence would mean that it hangs."""

    event: Literal["alive"] = "alive"
    epoch: int
    step: int


class Log(Params):
    """A sentence for the log of the cohort."""

    event: Literal["log"] = "log"
    text: str


Event = EpochDone | TrialEnded | Watched | Alive | Log
Report = Callable[[Event], None]
