"""FT-Transformer: every column is a token, and the columns attend to each other."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import library, op
from danlu.network.gallery.base import Entry, Proof, Types, only_table, pace
from danlu.network.graph import Network, Node, Selector
from danlu.network.propose import Proposal
from danlu.space import Choice, Float, Space


class FtTransformer(Entry):
    """A transformer encoder over the columns of a table; a class token reads the answer off."""

    title: ClassVar = {"en": "FT-Transformer", "zh": "FT-Transformer"}
    words: ClassVar = {
        "en": ("tabular", "transformer", "attention", "feature tokenizer", "columns"),
        "zh": ("表格", "变换器", "注意力", "特征词元"),
    }
    paper: ClassVar = "Gorishniy 2021, arXiv:2106.11959"
    proof: ClassVar = Proof(
        "flights", "auc", 0.665,
        "logistic regression on one-hot columns of the same split has 0.658", epochs=4,
    )  # fmt: skip

    def why_not(self, types: Types) -> str | None:
        """Want columns that can attend to each other."""
        found = only_table(types)
        if found is None:
            return "it takes one table"
        if found.numbers + found.categories > 200:
            return "attention among so many columns would be slow"
        return None

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """Make tokens, let them talk, read the first."""
        (table,) = types
        layer = {"units": 32, "heads": 4, "expand": 2, "dropout": 0.1}
        network = Network(
            name="ft_transformer",
            inputs={table: Selector()},
            nodes={
                "tokens": op("columns", table, form="tokens", units=32),
                "token": op("class_token", "tokens"),
                "layers": Node(
                    block="transformer_encoder_layer", params=layer, in_={"x": "token"}, repeat=2
                ),
                "first": op("slice", "layers", end=1),
                "answer": op("flatten", "first"),
                "norm": op("layer_norm", "answer"),
                "act": op("activation", "norm"),
                "head": op("dense", "act", units="target"),
            },
            blocks=library("transformer_encoder_layer"),
            outputs={"answer": "head"},
        )
        space: Space = {
            "layers.repeat": Choice(1, 2, 3),
            "layers.dropout": Float(0.0, 0.3),
            "recipe.learning_rate": Float(3e-4, 5e-3, log=True),
            "recipe.weight_decay": Float(1e-5, 1e-2, log=True),
        }
        recipe = {"learning_rate": 2e-3, "weight_decay": 1e-3, "warmup": 0.1, **pace(rows)}
        return Proposal(network, space, recipe)
