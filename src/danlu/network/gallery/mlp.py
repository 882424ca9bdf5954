"""MLP: the multi-layer perceptron."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import op
from danlu.network.gallery.base import Entry, Proof, Types, only_table, pace
from danlu.network.graph import Network, Selector
from danlu.network.propose import Proposal
from danlu.space import Choice, Float, Space


class Mlp(Entry):
    """Two hidden layers between the columns and the answer.

    The hidden layers bend what a perceptron can only cut straight, so XOR is easy. Of 1986 are the
    layers and the way they learn; relu and dropout came later.
    """

    title: ClassVar = {"en": "Multi-layer perceptron", "zh": "多层感知机"}
    words: ClassVar = {
        "en": ("mlp", "feed-forward", "dense", "backpropagation", "tabular", "xor", "baseline"),
        "zh": ("前馈网络", "全连接", "反向传播", "表格", "异或", "基线"),
    }
    paper: ClassVar = "Rumelhart 1986, Nature 323"
    proof: ClassVar = Proof(
        "digits", "accuracy", 0.96, "logistic regression on the same split has 0.959", epochs=20
    )

    def why_not(self, types: Types) -> str | None:
        """Want one table."""
        return None if only_table(types) else "it takes one table"

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """Read the columns, bend twice, answer."""
        (table,) = types
        network = Network(
            name="mlp",
            inputs={table: Selector()},
            nodes={
                "columns": op("columns", table),
                "dense_1": op("dense", "columns", units=128),
                "act_1": op("activation", "dense_1"),
                "drop_1": op("dropout", "act_1", p=0.1),
                "dense_2": op("dense", "drop_1", units=128),
                "act_2": op("activation", "dense_2"),
                "drop_2": op("dropout", "act_2", p=0.1),
                "head": op("dense", "drop_2", units="target"),
            },
            outputs={"answer": "head"},
        )
        space: Space = {
            "dense_1.units": Choice(64, 128, 256),
            "drop_1.p": Float(0.0, 0.5),
            "drop_2.p": Float(0.0, 0.5),
            "recipe.learning_rate": Float(5e-4, 1e-2, log=True),
        }
        return Proposal(network, space, {"learning_rate": 3e-3, **pace(rows)})
