"""Decoder: from a model's raw answers to labels, probabilities and values that JSON can carry."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import model_validator

from danlu.errors import BundleError
from danlu.params import Params

Label = str | bool | int | float
DIGITS = 7
"""Significant digits of an answer: all that float32 holds."""


class Decoder(Params):
    """State of decoder.json: what the answer of the graph means.

    >>> decoder = Decoder(form="classes", classes=("no", "yes"), target="late")
    >>> decoder.predictions(np.array([[0.25, 0.75]], dtype="float32"))
    [{'label': 'yes', 'probabilities': {'no': 0.25, 'yes': 0.75}}]
    """

    form: Literal["classes", "value"]
    target: str
    classes: tuple[Label, ...] = ()
    labels_are: Literal["category", "boolean", "number"] = "category"

    @model_validator(mode="after")
    def _whole(self) -> Decoder:
        if self.form == "classes" and len(self.classes) < 2:
            raise ValueError("a decoder of classes needs at least two of them")
        return self

    @property
    def labels(self) -> tuple[Label, ...]:
        """The classes as JSON values: text, true/false or numbers."""
        return tuple(_typed(c, self.labels_are) for c in self.classes)

    @property
    def names(self) -> tuple[str, ...]:
        """The classes as keys of ``probabilities``."""
        return tuple(_name(label) for label in self.labels)

    def scores(self, answer: np.ndarray) -> np.ndarray:
        """Bring a raw answer into (rows, classes) or, for a value, (rows,); float64, rounded.

        A binary graph may answer (rows,) or (rows, 1): the probability of the second class.
        """
        flat = answer.reshape(len(answer), -1).astype(np.float64)
        if self.form == "value":
            self._fits(flat, 1)
            return _rounded(flat[:, 0])
        if flat.shape[1] == 1 and len(self.classes) == 2:
            flat = np.concatenate([1.0 - flat, flat], axis=1)
        self._fits(flat, len(self.classes))
        return _rounded(flat)

    def predictions(self, answer: np.ndarray) -> list[dict[str, Any]]:
        """Decode raw answers (rows, ...) into one JSON object a row."""
        return self.named(self.scores(answer))

    def named(self, scores: np.ndarray) -> list[dict[str, Any]]:
        """Put names on scores, (rows, classes) or (rows,)."""
        if self.form == "value":
            return [{"value": value} for value in scores.tolist()]
        labels, names = self.labels, self.names
        return [
            {"label": labels[best], "probabilities": dict(zip(names, row, strict=True))}
            for best, row in zip(scores.argmax(axis=1).tolist(), scores.tolist(), strict=True)
        ]

    def _fits(self, flat: np.ndarray, columns: int) -> None:
        if flat.shape[1] != columns:
            raise BundleError(
                f"the model answers {flat.shape[1]} numbers a row, the decoder reads {columns}",
                code="decoder_misfit",
                where="decoder.json",
                do="Pack model and decoder of the same experiment.",
            )


def _typed(label: Label, kind: str) -> Label:
    if kind == "boolean":
        return label if isinstance(label, bool) else str(label).lower() in ("true", "1", "1.0")
    if kind == "number":
        number = float(label)
        return int(number) if number.is_integer() else number
    return str(label)


def _name(label: Label) -> str:
    return str(label).lower() if isinstance(label, bool) else str(label)


def _rounded(values: np.ndarray) -> np.ndarray:
    """Keep ``DIGITS`` significant digits, so that float32 noise does not fill the JSON."""
    size = np.abs(values)
    usable = np.isfinite(values) & (size > 1e-15) & (size < 1e15)
    digits = DIGITS - 1 - np.floor(np.log10(np.where(usable, size, 1.0)))
    scale = 10.0 ** np.abs(digits)
    # Multiplying and dividing by a whole power of ten gives the nearest double of the short text.
    small = np.round(values * scale) / scale
    large = np.round(values / scale) * scale
    return np.where(usable, np.where(digits >= 0, small, large), values)
