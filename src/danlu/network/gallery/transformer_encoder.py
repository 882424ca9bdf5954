"""Transformer encoder: the rows of a picture talk to each other, whatever lies between them."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import library, op
from danlu.network.gallery.base import Entry, Proof, Types, square_of
from danlu.network.graph import Network, Node, Selector
from danlu.network.propose import Proposal
from danlu.space import Choice, Float, Space


class TransformerEncoder(Entry):
    """Rows become tokens with a place; layers of attention mix them, and their mean answers."""

    title: ClassVar = {"en": "Transformer encoder", "zh": "变换器编码器"}
    words: ClassVar = {
        "en": ("attention", "self-attention", "sequence", "pre-norm"),
        "zh": ("注意力", "自注意力", "序列", "编码器"),
    }
    paper: ClassVar = "Vaswani 2017, arXiv:1706.03762"
    proof: ClassVar = Proof(
        "digits", "accuracy", 0.9592, "logistic regression, same split", epochs=15
    )

    def why_not(self, types: Types) -> str | None:
        """Want the numbers of one square, to be read row by row."""
        return None if square_of(types) else "its numbers are no square to be read row by row"

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """Lay out the rows, say where each lies, let them talk, and take their mean."""
        side, (table,) = square_of(types), types
        layer = {"units": 32, "heads": 4, "expand": 2, "dropout": 0.1}
        network = Network(
            name="transformer_encoder",
            inputs={table: Selector()},
            nodes={
                "steps": op("reshape", table, to=[side, side]),
                "embed": op("dense", "steps", units=32),
                "place": op("positional_encoding", "embed", kind="learned"),
                "layers": Node(
                    block="transformer_encoder_layer", params=layer, in_={"x": "place"}, repeat=2
                ),
                "norm": op("layer_norm", "layers"),
                "mean": op("mean_over", "norm"),
                "head": op("dense", "mean", units="target"),
            },
            blocks=library("transformer_encoder_layer"),
            outputs={"answer": "head"},
        )
        space: Space = {
            "layers.repeat": Choice(1, 2, 3),
            "layers.dropout": Float(0.0, 0.3),
            "recipe.learning_rate": Float(1e-3, 1e-2, log=True),
        }
        recipe = {
            "learning_rate": 3e-3, "batch_size": 32 if rows < 20_000 else 512, "epochs": 15,
            "warmup": 0.1, **({"label_smoothing": 0.05} if task == "classification" else {}),
        }  # fmt: skip
        return Proposal(network, space, recipe)
