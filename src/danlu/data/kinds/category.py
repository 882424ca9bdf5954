"""Category: one of a set of labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from danlu.data.kinds.base import Encode, Label, Values, objects

LIMIT = 10_000
"""Most labels with an index of their own; rarer ones share "other"."""
RARE_FROM_ROWS = 1000
"""With so many train rows, a label seen once counts as "other": so that index is trained too."""
SHOWN = 50


class Category(Label):
    """One slot with an index: 0 = missing, 1 = other or unseen, then labels by frequency."""

    kind: Literal["category"] = "category"
    values: tuple[str, ...] = ()

    listed_by: ClassVar[str] = "{}"
    examples: ClassVar[tuple[str, ...]] = ("red", "绿", "blue sky", "red", "É")

    @classmethod
    def detect(cls, name: str, sample: Sequence[str]) -> float:  # noqa: ARG003
        """Anything may be a label; labels that come again are likelier."""
        return 0.5 if len(set(sample)) > len(sample) / 2 else 0.65

    @classmethod
    def fit(cls, name: str, values: Values, style: str = "") -> Category:
        """Order the labels by frequency, then by text."""
        counts = Counter(values.tolist())
        counts.pop(None, None)
        least = 2 if len(values) >= RARE_FROM_ROWS else 1
        kept = sorted((-n, label) for label, n in counts.items() if n >= least)
        return cls(column=name, style=style, values=tuple(label for _, label in kept[:LIMIT]))

    @classmethod
    def encoder(cls, states: Sequence[Category]) -> Encode:
        """Look labels up, column by column."""
        indices = [state.index() for state in states]

        def encode(columns: Sequence[Values]) -> NDArray[np.float32]:
            out = np.empty((len(columns[0]), len(columns)), dtype=np.float32)
            for i, (index, values) in enumerate(zip(indices, columns, strict=True)):
                out[:, i] = [index.get(v, 1) for v in values.tolist()]
            return out

        return encode

    def index(self) -> dict[str | None, int]:
        """Return label -> index; None (missing) is 0."""
        return {None: 0, **{label: i for i, label in enumerate(self.values, start=2)}}

    @property
    def shape(self) -> tuple[int, ...]:
        """One slot."""
        return (1,)

    @property
    def cardinality(self) -> int | None:
        """Labels, missing and other."""
        return len(self.values) + 2

    def decode(self, encoded: NDArray[np.float32]) -> Values:
        """Return labels; None for missing and for other."""
        labels = objects([None, None, *self.values])
        return labels[encoded[:, 0].astype(np.int64)]

    def form(self) -> dict[str, Any]:
        """The commonest labels."""
        return {"values": list(self.values[:SHOWN]), "example": next(iter(self.values), None)}
