"""Two towers: each side of a pair becomes a vector, and the vectors are compared."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import op
from danlu.network.gallery.base import Entry, Proof, Types, only_table, pace
from danlu.network.graph import Network, Node, Selector
from danlu.network.propose import Proposal
from danlu.space import Choice, Float, Space


class TwoTower(Entry):
    """A network for each side (user and item, query and page), then a weighed product of both.

    What makes it quick to serve: the sides meet only at the end, so one of them can be computed
    beforehand. Given two inputs, each is a tower; of one table the categories are one side and the
    numbers the other. It is learnt as a classifier or a regression of known pairs: retrieval with
    negatives drawn from the batch, and ranking, need a task which does not exist here yet.
    """

    title: ClassVar = {"en": "Two towers", "zh": "双塔"}
    words: ClassVar = {
        "en": ("recommender", "retrieval", "matching", "dual encoder", "user and item", "siamese"),
        "zh": ("推荐", "召回", "匹配", "双编码器", "用户与物品"),
    }
    paper: ClassVar = "Yi 2019, RecSys; Huang 2013, CIKM"
    proof: ClassVar = Proof(
        "flights", "auc", 0.665,
        "logistic regression on one-hot columns of the same split has 0.658", epochs=6,
    )  # fmt: skip

    def why_not(self, types: Types) -> str | None:
        """Want two sides."""
        if len(types) == 2 and all(t.fields for t in types.values()):
            return None
        found = only_table(types)
        if found is not None and found.numbers and found.categories:
            return None
        return "it takes two tables, or one with numbers and categories"

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """Build both towers and let them meet."""
        left, right = types if len(types) == 2 else list(types) * 2
        two = len(types) == 2
        network = Network(
            name="two_tower",
            inputs={name: Selector() for name in types},
            nodes={
                "left": op("columns" if two else "embedding", left, units=8),
                "right": op("columns", right) if two else op("piecewise_linear", right, units=4),
                **_tower("left"),
                **_tower("right"),
                "match": op("multiply", "left_vector", "right_vector"),
                "head": op("dense", "match", units="target"),
            },
            outputs={"answer": "head"},
        )
        space: Space = {
            "left.units": Choice(4, 8, 16),
            "left_drop.p": Float(0.0, 0.5),
            "right_drop.p": Float(0.0, 0.5),
            "recipe.learning_rate": Float(5e-4, 1e-2, log=True),
            "recipe.weight_decay": Float(1e-4, 1e-1, log=True),
        }
        recipe = {"learning_rate": 2e-3, "weight_decay": 1e-2, **pace(rows)}
        return Proposal(network, space, recipe)


def _tower(side: str) -> dict[str, Node]:
    return {
        f"{side}_dense": op("dense", side, units=64),
        f"{side}_act": op("activation", f"{side}_dense"),
        f"{side}_drop": op("dropout", f"{side}_act", p=0.1),
        f"{side}_vector": op("dense", f"{side}_drop", units=32),
    }
