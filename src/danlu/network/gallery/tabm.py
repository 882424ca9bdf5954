"""TabM: one MLP that is many, for tables."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import op
from danlu.network.gallery.base import Entry, Proof, Types, only_table, pace
from danlu.network.graph import Network, Node, Selector
from danlu.network.propose import Proposal
from danlu.space import Choice, Float, Space


class Tabm(Entry):
    """Sixteen members share the weights of an MLP, each with its own factors, biases and head.

    As in the paper numbers enter piecewise linearly, every member is trained by a loss of its own,
    and the answers are averaged. The paper takes 32 members, and its bins from the data.
    """

    title: ClassVar = {"en": "TabM", "zh": "TabM"}
    words: ClassVar = {
        "en": ("tabular", "ensemble", "batch ensemble", "members", "state of the art"),
        "zh": ("表格", "集成", "批量集成", "成员"),
    }
    paper: ClassVar = "Gorishniy 2024, arXiv:2410.24210"
    proof: ClassVar = Proof(
        "flights", "auc", 0.665,
        "logistic regression on one-hot columns of the same split has 0.658", epochs=5,
    )  # fmt: skip

    def why_not(self, types: Types) -> str | None:
        """Want one table."""
        return None if only_table(types) else "it takes one table"

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """Read every column by its own rule, then let the members go."""
        nodes, last = _entrance(types)
        network = Network(
            name="tabm",
            inputs={name: Selector() for name in types},
            nodes={
                **nodes,
                "many_1": op("batch_ensemble", last, units=96, members=16),
                "act_1": op("activation", "many_1"),
                "drop_1": op("dropout", "act_1", p=0.1),
                "many_2": op("batch_ensemble", "drop_1", units=96),
                "act_2": op("activation", "many_2"),
                "drop_2": op("dropout", "act_2", p=0.1),
                "head": op("batch_ensemble", "drop_2", units="target", kind="own"),
            },
            outputs={"answer": "head"},
        )
        space: Space = {
            "many_1.units": Choice(64, 96, 192),
            "drop_1.p": Float(0.0, 0.5),
            "drop_2.p": Float(0.0, 0.5),
            "recipe.learning_rate": Float(5e-4, 5e-3, log=True),
            "recipe.weight_decay": Float(1e-4, 1e-1, log=True),
        }
        recipe = {"learning_rate": 2e-3, "weight_decay": 1e-2, **pace(rows)}
        return Proposal(network, space, recipe)


def _entrance(types: Types) -> tuple[dict[str, Node], str]:
    """Read numbers by bins and categories by vectors, and put them side by side."""
    (table,), found = types, only_table(types)
    assert found is not None  # why_not says so
    nodes: dict[str, Node] = {}
    if found.numbers:
        nodes["numbers"] = op("piecewise_linear", table, bins=16, units=8)
    if found.categories:
        nodes["categories"] = op("embedding", table, units=8)
    if len(nodes) == 1:
        return nodes, next(iter(nodes))
    return {**nodes, "both": op("concat", *nodes)}, "both"
