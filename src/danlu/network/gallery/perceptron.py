"""Perceptron: one layer of weighed sums, learnt from examples."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import op
from danlu.network.gallery.base import Entry, Proof, Types, only_table, pace
from danlu.network.graph import Network, Selector
from danlu.network.propose import Proposal
from danlu.space import Float, Space


class Perceptron(Entry):
    """Every answer is a weighed sum of the inputs; the weights are learnt.

    Rosenblatt moved the weights only where the answer was wrong; here the loss does the same by
    degrees. What it can tell apart is what one flat cut can: of the four cases of XOR (one of two,
    but not both) a cut gets three right at best, and no weights get all four (Minsky 1969). A
    hidden layer does: see the multi-layer perceptron.
    """

    title: ClassVar = {"en": "Perceptron", "zh": "感知机"}
    words: ClassVar = {
        "en": ("linear", "single layer", "logistic regression", "xor", "rosenblatt", "history"),
        "zh": ("线性", "单层", "逻辑回归", "异或", "历史"),
    }
    paper: ClassVar = "Rosenblatt 1958, Psychological Review 65(6); Minsky 1969, Perceptrons"
    proof: ClassVar = Proof(
        "breast_cancer", "accuracy", 0.95,
        "the majority class has 0.632; a logistic regression on the same split 0.988", epochs=20,
    )  # fmt: skip

    def why_not(self, types: Types) -> str | None:
        """Want one table."""
        return None if only_table(types) else "it takes one table"

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """Weigh the columns as they are."""
        (table,) = types
        network = Network(
            name="perceptron",
            inputs={table: Selector()},
            nodes={
                "inputs": op("one_hot", table),
                "sum": op("dense", "inputs", units="target"),
            },
            outputs={"answer": "sum"},
        )
        space: Space = {"recipe.learning_rate": Float(1e-3, 1e-1, log=True)}
        return Proposal(network, space, {"learning_rate": 1e-2, **pace(rows)})
