"""Regression: the target is a quantity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn, Self

import numpy as np
import numpy.typing as npt
from torch import Tensor

from danlu.data.dataset import Column
from danlu.errors import TaskError
from danlu.tasks.base import (
    Json,
    Task,
    Values,
    finite,
    refuse_constant,
    refuse_kind,
    refuse_missing,
)

LARGEST = 1e30
"""Its square is still a number, and so is what a network of single precision answers."""


class Regression(Task):
    """Squared error on the standardised target; the answer is in the target's own unit."""

    title: ClassVar = {"en": "Regression", "zh": "回归"}
    words: ClassVar = {
        "en": ("number", "quantity", "forecast", "rmse"),
        "zh": ("数值", "预测", "均方误差"),
    }

    mean: float
    """Mean of the known values."""
    scale: float
    """Standard deviation of the known values."""

    @classmethod
    def fit(cls, values: Values, column: Column) -> Self:
        """Measure mean and deviation."""
        if column.kind != "number":
            refuse_kind(column, cls)
        known = finite(values)
        if not len(known):
            refuse_missing(column, len(values))
        largest = float(np.abs(known).max())
        if largest > LARGEST:
            _refuse_huge(column, largest, int((np.abs(known) > LARGEST).sum()))
        scale = float(known.std())
        if not scale > abs(float(known[0])) * 1e-12:
            refuse_constant(column, float(known[0]), len(known))
        return cls(
            target=column.name,
            missing=len(values) - len(known),
            mean=float(known.mean()),
            scale=scale,
        )

    @property
    def head(self) -> int:
        """One number."""
        return 1

    @property
    def main_metric(self) -> str:
        """Root mean squared error, in the target's unit."""
        return "rmse"

    @property
    def maximise(self) -> bool:
        """Less error is better."""
        return False

    def encode(self, values: Values) -> npt.NDArray[Any]:
        """Standardise to float32; NaN where missing or infinite."""
        numbers = np.asarray(values, dtype=np.float64)
        coded = (numbers - self.mean) / self.scale
        return np.where(np.isfinite(coded), coded, np.nan).astype(np.float32)

    def known(self, encoded: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """NaN is missing."""
        found: npt.NDArray[np.bool_] = np.isfinite(encoded)
        return found

    def loss(self, output: Tensor, target: Tensor, dials: Mapping[str, Tensor]) -> Tensor:  # noqa: ARG002
        """Squared error  # (rows,)."""
        return (output.squeeze(-1) - target).square()

    def answer(self, output: Tensor) -> Tensor:
        """Value in the target's unit  # (rows,)."""
        return output.squeeze(-1) * self.scale + self.mean

    def metrics(self, answer: npt.NDArray[Any], target: npt.NDArray[Any]) -> dict[str, float]:
        """Return rmse and mae in the target's unit, and r2."""
        truth = target.astype(np.float64) * self.scale + self.mean
        error = answer.astype(np.float64) - truth
        squared = float(np.mean(error**2))
        spread = float(np.var(truth))
        return {
            "rmse": squared**0.5,
            "mae": float(np.mean(np.abs(error))),
            "r2": 1 - squared / spread if spread else 0.0,
        }

    def decoder(self) -> Json:
        """Read the value as it is."""
        return {"form": "value", "target": self.target}


def _refuse_huge(column: Column, largest: float, rows: int) -> NoReturn:
    raise TaskError(
        f"{rows} values are as large as {largest:.3g}, and answers have single precision",
        code="target_huge", where=f"target '{column.name}'",
        do=f"Leave those rows out, or give the quantity in a larger unit: {LARGEST:g} is the most.",
        column=column.name, rows=rows, largest=largest, most=LARGEST,
    )  # fmt: skip
