"""Course: how far a trial and its cohort have come; what a checkpoint says beside the tensors."""

from __future__ import annotations

from pydantic import Field, ValidationError

from danlu.params import Params
from danlu.train.ends import Reason
from danlu.train.events import Point, TrialEnd


class Course(Params):
    """How far one trial has come; saved with the checkpoint."""

    number: int
    state: TrialEnd | None = None
    """None while it trains."""
    reason: Reason = Field({})
    best_epoch: int | None = None
    best: tuple[float, float] | None = None
    """Score of the best epoch, more is better; among equal ones minus its validation loss."""
    risen: int = 0
    """Epoch that last bettered the score itself: patience counts from it."""
    seconds: float = 0.0
    curve: tuple[Point, ...] = ()


class Progress(Params):
    """Where a cohort stands between two epochs."""

    epoch: int = 0
    """Epochs done."""
    rows: tuple[int, ...]
    """Trial numbers in the order of the stack, ended ones that still lie in it included."""
    courses: dict[int, Course]
    compiled: bool = False
    """Whether its program is compiled: a resumed fit must round alike."""

    @classmethod
    def read(cls, text: str) -> Progress | None:
        """Read what a checkpoint says; None when another version of Danlu wrote it."""
        try:
            return cls.model_validate_json(text)
        except ValidationError:
            return None
