"""Mixture of experts: a gate asks a few of many small networks for every row."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import op
from danlu.network.gallery.base import Entry, Proof, Types, only_table, pace
from danlu.network.graph import Network, Selector
from danlu.network.propose import Proposal
from danlu.space import Choice, Float, Space


class MixtureOfExperts(Entry):
    """Four experts, two of which answer for each row, between two dense layers.

    The price of uneven use keeps all of them busy. All are computed at this size; that only the
    chosen are, which is what makes the idea cheap in language models, is left out.
    """

    title: ClassVar = {"en": "Mixture of experts", "zh": "混合专家"}
    words: ClassVar = {
        "en": ("moe", "gate", "router", "sparse", "conditional computation"),
        "zh": ("专家", "门控", "路由", "稀疏"),
    }
    paper: ClassVar = "Shazeer 2017, arXiv:1701.06538"
    proof: ClassVar = Proof(
        "digits", "accuracy", 0.96, "logistic regression on the same split has 0.959", epochs=20
    )

    def why_not(self, types: Types) -> str | None:
        """Want one table."""
        return None if only_table(types) else "it takes one table"

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """Read the columns, ask the experts, answer."""
        (table,) = types
        network = Network(
            name="mixture_of_experts",
            inputs={table: Selector()},
            nodes={
                "columns": op("columns", table),
                "stem": op("dense", "columns", units=192),
                "act": op("activation", "stem"),
                "experts": op("experts", "act", units=192, experts=4, top=2, hidden=64),
                "sum": op("add", "act", "experts"),
                "drop": op("dropout", "sum", p=0.2),
                "head": op("dense", "drop", units="target"),
            },
            outputs={"answer": "head"},
        )
        space: Space = {
            "experts.top": Choice(1, 2, 4),
            "experts.balance": Float(1e-3, 1e-1, log=True),
            "drop.p": Float(0.0, 0.5),
            "recipe.learning_rate": Float(1e-3, 1e-2, log=True),
        }
        recipe = {"learning_rate": 3e-3, "weight_decay": 1e-2, **pace(rows)}
        return Proposal(network, space, recipe)
