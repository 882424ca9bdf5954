"""Deep & cross: products of columns on one side, an MLP on the other."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import op
from danlu.network.gallery.base import Entry, Proof, Types, only_table, pace
from danlu.network.graph import Network, Node, Selector
from danlu.network.propose import Proposal
from danlu.space import Choice, Float, Space


class DeepCross(Entry):
    """Cross layers multiply columns with each other, degree by degree; dense layers bend them.

    DCN v2 with both sides in parallel. Made for clicks on advertisements, where who and what count
    together.
    """

    title: ClassVar = {"en": "Deep & cross", "zh": "深度交叉网络"}
    words: ClassVar = {
        "en": ("dcn", "feature crossing", "interaction", "click", "ctr", "recommender"),
        "zh": ("特征交叉", "点击率", "推荐", "交互"),
    }
    paper: ClassVar = "Wang 2020, arXiv:2008.13535"
    proof: ClassVar = Proof(
        "flights", "auc", 0.658,
        "logistic regression on one-hot columns of the same split", epochs=6,
    )  # fmt: skip

    def why_not(self, types: Types) -> str | None:
        """Want columns that can be multiplied with each other."""
        found = only_table(types)
        if found is None:
            return "it takes one table"
        return None if found.numbers + found.categories > 1 else "a single column crosses nothing"

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """Read the columns twice over, and join."""
        (table,) = types
        network = Network(
            name="deep_cross",
            inputs={table: Selector()},
            nodes={
                "columns": op("columns", table, units=8),
                "cross_1": _cross("columns"),
                "cross_2": _cross("cross_1"),
                "dense_1": op("dense", "columns", units=128),
                "act_1": op("activation", "dense_1"),
                "drop_1": op("dropout", "act_1", p=0.2),
                "dense_2": op("dense", "drop_1", units=64),
                "act_2": op("activation", "dense_2"),
                "drop_2": op("dropout", "act_2", p=0.2),
                "both": op("concat", "cross_2", "drop_2"),
                "head": op("dense", "both", units="target"),
            },
            outputs={"answer": "head"},
        )
        space: Space = {
            "columns.units": Choice(4, 8),
            "cross_1.rank": Choice(0, 8),
            "drop_1.p": Float(0.0, 0.5),
            "recipe.learning_rate": Float(5e-4, 1e-2, log=True),
            "recipe.weight_decay": Float(1e-4, 1e-1, log=True),
        }
        recipe = {"learning_rate": 1e-3, "weight_decay": 1e-2, **pace(rows)}
        return Proposal(network, space, recipe)


def _cross(x: str) -> Node:
    return Node(op="cross", in_={"first": "columns", "x": x})
