"""Elman RNN: a picture read row by row, each state made of the last one and the next row."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import op
from danlu.network.gallery.base import Entry, Proof, Types, by_rows, square_of
from danlu.network.propose import Proposal


class ElmanRnn(Entry):
    """The plain recurrent network: what was read is kept in one vector, remade at every step."""

    title: ClassVar = {"en": "Elman RNN", "zh": "埃尔曼循环网络"}
    words: ClassVar = {
        "en": ("recurrent", "rnn", "simple recurrent network", "sequence"),
        "zh": ("循环神经网络", "简单循环网络", "序列"),
    }
    paper: ClassVar = "Elman 1990, Cognitive Science 14(2)"
    proof: ClassVar = Proof(
        "digits", "accuracy", 0.9592, "logistic regression, same split", epochs=25
    )

    def why_not(self, types: Types) -> str | None:
        """Want the numbers of one square, to be read row by row."""
        return None if square_of(types) else "its numbers are no square to be read row by row"

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """Lay out the rows, read them from top to bottom, and answer from the last state."""
        found = by_rows("elman_rnn", op("rnn", "steps", units=64), types, rows=rows, task=task)
        return found._replace(recipe={**found.recipe, "learning_rate": 3e-3})
