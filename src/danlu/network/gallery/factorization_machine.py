"""Factorization machine: a linear model plus every pair of columns."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import op
from danlu.network.gallery.base import Entry, Proof, Types, only_table, pace
from danlu.network.graph import Network, Selector
from danlu.network.propose import Proposal
from danlu.space import Choice, Float, Space


class FactorizationMachine(Entry):
    """One op is the whole model: single weights, and for pairs the products of learnt vectors.

    With a user and an item as the only columns it is matrix factorization. Small, quick, and at
    home where categories are many and rows of each are few.
    """

    title: ClassVar = {"en": "Factorization machine", "zh": "因子分解机"}
    words: ClassVar = {
        "en": ("fm", "recommender", "pairs", "interaction", "matrix factorization", "sparse"),
        "zh": ("推荐", "特征交互", "矩阵分解", "稀疏"),
    }
    paper: ClassVar = "Rendle 2010, ICDM"
    proof: ClassVar = Proof(
        "flights", "auc", 0.658,
        "logistic regression on one-hot columns of the same split", epochs=6,
    )  # fmt: skip

    def why_not(self, types: Types) -> str | None:
        """Want columns that can be paired."""
        found = only_table(types)
        if found is None:
            return "it takes one table"
        return None if found.numbers + found.categories > 1 else "a single column has no pairs"

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """Weigh columns and pairs."""
        (table,) = types
        network = Network(
            name="factorization_machine",
            inputs={table: Selector()},
            nodes={"pairs": op("factorization", table, units="target", factors=8)},
            outputs={"answer": "pairs"},
        )
        space: Space = {
            "pairs.factors": Choice(4, 8, 16),
            "recipe.learning_rate": Float(1e-3, 1e-2, log=True),
            "recipe.weight_decay": Float(1e-4, 1.0, log=True),
        }
        recipe = {"learning_rate": 3e-3, "weight_decay": 1e-1, **pace(rows)}
        return Proposal(network, space, recipe)
