"""Transformer encoder layer: positions talk to each other, then each thinks for itself."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import LibraryBlock, op, var
from danlu.network.graph import Block
from danlu.tensor import TensorType


class TransformerEncoderLayer(LibraryBlock):
    """Self-attention, then two dense layers, each normalised before and added to what passes."""

    title: ClassVar = {"en": "Transformer encoder layer", "zh": "变换器编码层"}
    words: ClassVar = {
        "en": ("transformer", "self-attention", "pre-norm", "feed-forward", "bert", "vit"),
        "zh": ("变换器", "自注意力", "前置归一化", "前馈", "编码器"),
    }
    paper: ClassVar = "Vaswani 2017, arXiv:1706.03762; norm first: Xiong 2020, arXiv:2002.04745"
    sample: ClassVar = {"x": TensorType.of("length=6, features=32")}
    block: ClassVar = Block(
        params={"units": 32, "heads": 4, "expand": 4, "dropout": 0.1},
        nodes={
            "norm_1": op("layer_norm", "x"),
            "look": op("attention", "norm_1", heads=var("heads")),
            "drop_1": op("dropout", "look", p=var("dropout")),
            "add_1": op("add", "x", "drop_1"),
            "norm_2": op("layer_norm", "add_1"),
            "wide": op("dense", "norm_2", units=var("units * expand")),
            "act": op("activation", "wide", kind="gelu"),
            "drop_2": op("dropout", "act", p=var("dropout")),
            "back": op("dense", "drop_2", units=var("units")),
            "drop_3": op("dropout", "back", p=var("dropout")),
            "add_2": op("add", "add_1", "drop_3"),
        },
        output="add_2",
    )
