"""Wide & deep: pairs of categories by heart, and an MLP that generalises."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import op
from danlu.network.gallery.base import Entry, Proof, Types, only_table, pace
from danlu.network.graph import Network, Selector
from danlu.network.propose import Proposal
from danlu.space import Choice, Float, Space


class WideDeep(Entry):
    """The wide side weighs every column and every pair of categories, the deep side is an MLP.

    Both are learnt together and their answers added. The paper chooses the pairs by hand and
    trains the wide side by another optimizer (FTRL); here all pairs are taken, and one optimizer.
    """

    title: ClassVar = {"en": "Wide & deep", "zh": "宽深网络"}
    words: ClassVar = {
        "en": ("crossed columns", "memorise", "recommender", "ctr", "categories", "app store"),
        "zh": ("组合特征", "记忆", "推荐", "点击率", "类别"),
    }
    paper: ClassVar = "Cheng 2016, arXiv:1606.07792"
    proof: ClassVar = Proof(
        "flights", "auc", 0.658,
        "logistic regression on one-hot columns of the same split", epochs=6,
    )  # fmt: skip

    def why_not(self, types: Types) -> str | None:
        """Want categories that can be paired."""
        found = only_table(types)
        if found is None:
            return "it takes one table"
        return None if found.categories > 1 else "it needs two category columns to pair"

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """Add what the two sides say."""
        (table,) = types
        network = Network(
            name="wide_deep",
            inputs={table: Selector()},
            nodes={
                "single": op("one_hot", table),
                "linear": op("dense", "single", units="target"),
                "pairs": op("feature_cross", table, units="target", buckets=1024),
                "columns": op("columns", table, units=8),
                "dense_1": op("dense", "columns", units=128),
                "act_1": op("activation", "dense_1"),
                "drop_1": op("dropout", "act_1", p=0.2),
                "dense_2": op("dense", "drop_1", units=64),
                "act_2": op("activation", "dense_2"),
                "drop_2": op("dropout", "act_2", p=0.2),
                "deep": op("dense", "drop_2", units="target"),
                "answer": op("add", "linear", "pairs", "deep"),
            },
            outputs={"answer": "answer"},
        )
        space: Space = {
            "pairs.buckets": Choice(256, 1024, 4096),
            "drop_1.p": Float(0.0, 0.5),
            "recipe.learning_rate": Float(5e-4, 1e-2, log=True),
            "recipe.weight_decay": Float(1e-4, 1e-1, log=True),
        }
        recipe = {"learning_rate": 1e-3, "weight_decay": 5e-2, **pace(rows)}
        return Proposal(network, space, recipe)
