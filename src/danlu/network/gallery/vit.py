"""ViT: a picture cut into patches, and a token that asks them what they show."""

from __future__ import annotations

from math import gcd
from typing import ClassVar

from danlu.network.blocks.base import library, op
from danlu.network.gallery.base import Entry, Proof, Types, no_picture, picture_of
from danlu.network.graph import Network, Node
from danlu.network.propose import Proposal, selectors
from danlu.space import Choice, Float, Space


class Vit(Entry):
    """Patches become tokens behind a class token; what attention leaves in that one answers."""

    title: ClassVar = {"en": "Vision transformer", "zh": "视觉变换器"}
    words: ClassVar = {
        "en": ("vit", "image", "attention", "patches", "class token"),
        "zh": ("图像", "注意力", "图块", "分类标记"),
    }
    paper: ClassVar = "Dosovitskiy 2020, arXiv:2010.11929"
    proof: ClassVar = Proof(
        "digits", "accuracy", 0.9592, "logistic regression, same split", epochs=20
    )

    def why_not(self, types: Types) -> str | None:
        """Want a picture, or the numbers of a square, to be seen as one."""
        return no_picture(types)

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """Cut patches, put the class token before them, let all talk, and read that token."""
        seen = picture_of(types)
        assert seen is not None, "asked for after why_not"
        both = gcd(seen.height, seen.width)
        patch = max(d for d in range(1, seen.side // 2 + 1) if both % d == 0)
        layer = {"units": 64, "heads": 4, "expand": 2, "dropout": 0.2}
        network = Network(
            name="vit",
            inputs=selectors(types),
            nodes={
                **seen.entrance,
                "patches": op("patches", seen.source, size=patch),
                "embed": op("dense", "patches", units=64),
                "token": op("class_token", "embed"),
                "place": op("positional_encoding", "token", kind="learned"),
                "layers": Node(
                    block="transformer_encoder_layer", params=layer, in_={"x": "place"}, repeat=2
                ),
                "norm": op("layer_norm", "layers"),
                "first": op("slice", "norm", end=1),
                "answer": op("flatten", "first"),
                "head": op("dense", "answer", units="target"),
            },
            blocks=library("transformer_encoder_layer"),
            outputs={"answer": "head"},
        )
        space: Space = {
            "layers.repeat": Choice(2, 3, 4),
            "layers.dropout": Float(0.0, 0.3),
            "recipe.learning_rate": Float(1e-3, 1e-2, log=True),
        }
        recipe = {
            "learning_rate": 3e-3, "batch_size": 32 if rows < 20_000 else 512, "epochs": 20,
            "warmup": 0.1, **({"label_smoothing": 0.05} if task == "classification" else {}),
        }  # fmt: skip
        return Proposal(network, space, recipe)
