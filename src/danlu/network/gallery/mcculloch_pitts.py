"""M-P neuron: the threshold unit of 1943."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import op
from danlu.network.gallery.base import Entry, Proof, Types, only_table, pace
from danlu.network.graph import Network, Selector
from danlu.network.propose import Proposal
from danlu.space import Float, Space

SURE = 4.0  # the logit of a unit that fires, so that its answer is 98 %


class McCullochPitts(Entry):
    """One unit per class, which fires when a weighed sum reaches its threshold, or does not.

    In 1943 the weights were set by hand. Here they are learnt: the gradient passes the threshold
    as if it were a ramp, and is next to nothing where the unit is right, so that it learns from
    mistakes, as in Rosenblatt's rule. A unit that fires answers 98 %, a silent one 2 %; there is
    nothing between. Like every single layer it cannot learn XOR.
    """

    title: ClassVar = {"en": "McCulloch-Pitts neuron", "zh": "M-P 神经元"}
    words: ClassVar = {
        "en": ("threshold", "step", "heaviside", "binary", "first neuron", "history"),
        "zh": ("阈值", "阶跃", "神经元", "历史", "二值"),
    }
    paper: ClassVar = "McCulloch 1943, Bull. Math. Biophysics 5"
    tasks: ClassVar = ("classification",)
    proof: ClassVar = Proof(
        "breast_cancer", "accuracy", 0.9,
        "the majority class has 0.632; a logistic regression on the same split 0.988", epochs=20,
    )  # fmt: skip

    def why_not(self, types: Types) -> str | None:
        """Want one table."""
        return None if only_table(types) else "it takes one table"

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """Weigh the columns as they are, and fire."""
        (table,) = types
        network = Network(
            name="mcculloch_pitts",
            inputs={table: Selector()},
            nodes={
                "inputs": op("one_hot", table),
                "sum": op("dense", "inputs", units="target"),
                "fire": op("activation", "sum", kind="step"),
                "answer": op("scale", "fire", factor=2 * SURE, offset=-SURE),
            },
            outputs={"answer": "answer"},
        )
        space: Space = {"recipe.learning_rate": Float(1e-3, 1e-1, log=True)}
        return Proposal(network, space, {"learning_rate": 1e-2, **pace(rows)})
