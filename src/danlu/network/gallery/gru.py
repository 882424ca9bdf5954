"""GRU: one state that gates reset and renew; an LSTM with less in it."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import op
from danlu.network.gallery.base import Entry, Proof, Types, by_rows, square_of
from danlu.network.propose import Proposal


class Gru(Entry):
    """Two gates instead of three and no cell beside the state; often as good as an LSTM."""

    title: ClassVar = {"en": "GRU", "zh": "门控循环单元"}
    words: ClassVar = {
        "en": ("recurrent", "gated recurrent unit", "sequence"),
        "zh": ("循环网络", "门控", "序列"),
    }
    paper: ClassVar = "Cho 2014, arXiv:1406.1078"
    proof: ClassVar = Proof(
        "digits", "accuracy", 0.9592, "logistic regression, same split", epochs=25
    )

    def why_not(self, types: Types) -> str | None:
        """Want the numbers of one square, to be read row by row."""
        return None if square_of(types) else "its numbers are no square to be read row by row"

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """Lay out the rows, read them from top to bottom, and answer from the last state."""
        found = by_rows("gru", op("gru", "steps", units=64), types, rows=rows, task=task)
        return found._replace(recipe={**found.recipe, "learning_rate": 1e-2})
