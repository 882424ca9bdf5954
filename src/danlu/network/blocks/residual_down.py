"""Residual down: a residual block whose image comes out half as large."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import LibraryBlock, op, var
from danlu.network.graph import Block
from danlu.tensor import TensorType


class ResidualDown(LibraryBlock):
    """Two convolutions, the first with a stride, beside a 1 x 1 convolution that follows suit."""

    title: ClassVar = {"en": "Residual block, smaller", "zh": "下采样残差块"}
    words: ClassVar = {
        "en": ("resnet", "projection", "stride", "downsample"),
        "zh": ("残差网络", "投影", "步幅", "下采样"),
    }
    paper: ClassVar = "He 2015, arXiv:1512.03385"
    sample: ClassVar = {"x": TensorType.of("channels=16, height=8, width=8")}
    block: ClassVar = Block(
        params={"channels": 32, "stride": 2},
        nodes={
            "conv_1": op("conv2d", "x", channels=var("channels"), stride=var("stride"), bias=False),
            "norm_1": op("batch_norm", "conv_1"),
            "act_1": op("activation", "norm_1"),
            "conv_2": op("conv2d", "act_1", channels=var("channels"), bias=False),
            "norm_2": op("batch_norm", "conv_2"),
            "short": op(
                "conv2d", "x", channels=var("channels"), kernel=1, stride=var("stride"), bias=False
            ),
            "norm_short": op("batch_norm", "short"),
            "add": op("add", "norm_short", "norm_2"),
            "act": op("activation", "add"),
        },
        output="act",
    )
