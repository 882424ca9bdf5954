"""LSTM of 1997: a memory cell that adds, and gates that let in and read out."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import op
from danlu.network.gallery.base import Entry, Proof, Types, by_rows, square_of
from danlu.network.propose import Proposal


class Lstm1997(Entry):
    """The first LSTM: what a cell has taken in stays, as nothing makes it forget."""

    title: ClassVar = {"en": "LSTM (1997)", "zh": "长短期记忆（1997）"}
    words: ClassVar = {
        "en": ("recurrent", "long short-term memory", "constant error carousel", "sequence"),
        "zh": ("长短期记忆", "循环网络", "序列"),
    }
    paper: ClassVar = "Hochreiter 1997, Neural Computation 9(8)"
    proof: ClassVar = Proof(
        "digits", "accuracy", 0.9592, "logistic regression, same split", epochs=25
    )

    def why_not(self, types: Types) -> str | None:
        """Want the numbers of one square, to be read row by row."""
        return None if square_of(types) else "its numbers are no square to be read row by row"

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """Lay out the rows, read them from top to bottom, and answer from the last state."""
        found = by_rows(
            "lstm_1997",
            op("lstm", "steps", units=64, forget_gate=False),
            types,
            rows=rows,
            task=task,
        )
        return found._replace(recipe={**found.recipe, "learning_rate": 1e-2})
