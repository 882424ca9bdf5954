"""Residual: two convolutions that correct what passes beside them."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import LibraryBlock, op, var
from danlu.network.graph import Block
from danlu.tensor import TensorType


class Residual(LibraryBlock):
    """What comes in is added to what two convolutions make of it; may be repeated."""

    title: ClassVar = {"en": "Residual block", "zh": "残差块"}
    words: ClassVar = {
        "en": ("resnet", "basic block", "skip connection", "shortcut"),
        "zh": ("残差网络", "跳跃连接", "基本块"),
    }
    paper: ClassVar = "He 2015, arXiv:1512.03385"
    sample: ClassVar = {"x": TensorType.of("channels=32, height=8, width=8")}
    block: ClassVar = Block(
        params={"channels": 32, "kernel": 3},
        nodes={
            "conv_1": op("conv2d", "x", channels=var("channels"), kernel=var("kernel"), bias=False),
            "norm_1": op("batch_norm", "conv_1"),
            "act_1": op("activation", "norm_1"),
            "conv_2": op(
                "conv2d", "act_1", channels=var("channels"), kernel=var("kernel"), bias=False
            ),
            "norm_2": op("batch_norm", "conv_2"),
            "add": op("add", "x", "norm_2"),
            "act": op("activation", "add"),
        },
        output="act",
    )
