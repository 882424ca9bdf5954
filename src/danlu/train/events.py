"""Events: what a trainer tells while it works; torch-free, JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

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
    cause: str = ""
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


class Log(Params):
    """A sentence for the log of the cohort."""

    event: Literal["log"] = "log"
    text: str


Event = EpochDone | TrialEnded | Log
Report = Callable[[Event], None]
