"""Transformer decoder layer: looks back at itself, then at a memory, then thinks."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import LibraryBlock, op, var
from danlu.network.graph import Block, Node
from danlu.tensor import TensorType


class TransformerDecoderLayer(LibraryBlock):
    """Self-attention that sees no future, attention to ``memory``, then two dense layers."""

    title: ClassVar = {"en": "Transformer decoder layer", "zh": "变换器解码层"}
    words: ClassVar = {
        "en": ("transformer", "cross-attention", "causal", "encoder-decoder", "pre-norm"),
        "zh": ("变换器", "交叉注意力", "因果", "编码器解码器", "前置归一化"),
    }
    paper: ClassVar = "Vaswani 2017, arXiv:1706.03762; norm first: Xiong 2020, arXiv:2002.04745"
    sample: ClassVar = {
        "x": TensorType.of("length=6, features=32"),
        "memory": TensorType.of("length=5, features=16"),
    }
    block: ClassVar = Block(
        params={"units": 32, "heads": 4, "expand": 4, "dropout": 0.1},
        inputs=("x", "memory"),
        nodes={
            "norm_1": op("layer_norm", "x"),
            "look": op("attention", "norm_1", heads=var("heads"), causal=True),
            "drop_1": op("dropout", "look", p=var("dropout")),
            "add_1": op("add", "x", "drop_1"),
            "norm_2": op("layer_norm", "add_1"),
            "ask": Node(
                op="attention",
                params={"heads": var("heads")},
                in_={"x": "norm_2", "memory": "memory"},
            ),
            "drop_2": op("dropout", "ask", p=var("dropout")),
            "add_2": op("add", "add_1", "drop_2"),
            "norm_3": op("layer_norm", "add_2"),
            "wide": op("dense", "norm_3", units=var("units * expand")),
            "act": op("activation", "wide", kind="gelu"),
            "drop_3": op("dropout", "act", p=var("dropout")),
            "back": op("dense", "drop_3", units=var("units")),
            "drop_4": op("dropout", "back", p=var("dropout")),
            "add_3": op("add", "add_2", "drop_4"),
        },
        output="add_3",
    )
