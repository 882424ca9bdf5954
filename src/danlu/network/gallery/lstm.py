"""LSTM: a memory cell with a gate that forgets, the form in use today."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import op
from danlu.network.gallery.base import Entry, Proof, Types, by_rows, square_of
from danlu.network.propose import Proposal


class Lstm(Entry):
    """The LSTM with a forget gate, so that a cell can start anew in the middle of a sequence."""

    title: ClassVar = {"en": "LSTM", "zh": "长短期记忆"}
    words: ClassVar = {
        "en": ("recurrent", "long short-term memory", "forget gate", "sequence"),
        "zh": ("长短期记忆网络", "遗忘门", "循环网络", "序列"),
    }
    paper: ClassVar = "Gers 2000, Neural Computation 12(10)"
    proof: ClassVar = Proof(
        "digits", "accuracy", 0.9592, "logistic regression, same split", epochs=25
    )

    def why_not(self, types: Types) -> str | None:
        """Want the numbers of one square, to be read row by row."""
        return None if square_of(types) else "its numbers are no square to be read row by row"

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """Lay out the rows, read them from top to bottom, and answer from the last state."""
        found = by_rows("lstm", op("lstm", "steps", units=64), types, rows=rows, task=task)
        return found._replace(recipe={**found.recipe, "learning_rate": 1e-2})
