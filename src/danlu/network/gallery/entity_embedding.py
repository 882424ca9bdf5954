"""Entity embedding: categories as learnt vectors."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import op
from danlu.network.gallery.base import Entry, Proof, Types, only_table, pace
from danlu.network.graph import Network, Selector
from danlu.network.propose import Proposal
from danlu.space import Choice, Float, Space


class EntityEmbedding(Entry):
    """An MLP that reads every category as a short learnt vector, beside the numbers.

    Categories that act alike end up close to each other, which one-hot columns cannot say; this
    came third in a forecast of shop sales in 2015, and most tabular networks do it since.
    """

    title: ClassVar = {"en": "Entity embedding MLP", "zh": "实体嵌入网络"}
    words: ClassVar = {
        "en": ("categorical", "categories", "embedding", "tabular", "rossmann", "lookup"),
        "zh": ("类别变量", "嵌入", "表格", "查表"),
    }
    paper: ClassVar = "Guo 2016, arXiv:1604.06737"
    proof: ClassVar = Proof(
        "flights", "auc", 0.658,
        "logistic regression on one-hot columns of the same split", epochs=6,
    )  # fmt: skip

    def why_not(self, types: Types) -> str | None:
        """Want categories."""
        found = only_table(types)
        if found is None:
            return "it takes one table"
        return None if found.categories else "there is no category column to embed"

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """Embed, silence a little, bend twice, answer."""
        (table,) = types
        network = Network(
            name="entity_embedding",
            inputs={table: Selector()},
            nodes={
                "columns": op("columns", table, units=8),
                "drop": op("dropout", "columns", p=0.05),
                "dense_1": op("dense", "drop", units=128),
                "act_1": op("activation", "dense_1"),
                "drop_1": op("dropout", "act_1", p=0.2),
                "dense_2": op("dense", "drop_1", units=64),
                "act_2": op("activation", "dense_2"),
                "drop_2": op("dropout", "act_2", p=0.2),
                "head": op("dense", "drop_2", units="target"),
            },
            outputs={"answer": "head"},
        )
        space: Space = {
            "columns.units": Choice(4, 8, 16),
            "drop.p": Float(0.0, 0.3),
            "drop_1.p": Float(0.0, 0.5),
            "recipe.learning_rate": Float(5e-4, 1e-2, log=True),
            "recipe.weight_decay": Float(1e-4, 1e-1, log=True),
        }
        recipe = {"learning_rate": 2e-3, "weight_decay": 1e-2, **pace(rows)}
        return Proposal(network, space, recipe)
