"""Inverted residual: widen, look around channel by channel, narrow, and add."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import LibraryBlock, op, var
from danlu.network.graph import Block
from danlu.tensor import TensorType


class InvertedResidual(LibraryBlock):
    """A residual block for few multiply-adds, in which only 1 x 1 convolutions mix channels."""

    title: ClassVar = {"en": "Inverted residual block", "zh": "倒残差块"}
    words: ClassVar = {
        "en": ("mobilenet", "depthwise", "efficient", "mobile"),
        "zh": ("轻量", "移动端", "深度可分离卷积"),
    }
    paper: ClassVar = "Sandler 2018, arXiv:1801.04381"
    sample: ClassVar = {"x": TensorType.of("channels=16, height=8, width=8")}
    block: ClassVar = Block(
        params={"channels": 16, "expansion": 4, "kernel": 3},
        nodes={
            "widen": op("conv2d", "x", channels=var("channels * expansion"), kernel=1, bias=False),
            "norm_1": op("batch_norm", "widen"),
            "act_1": op("activation", "norm_1", kind="silu"),
            "around": op("depthwise_conv2d", "act_1", kernel=var("kernel"), bias=False),
            "norm_2": op("batch_norm", "around"),
            "act_2": op("activation", "norm_2", kind="silu"),
            "narrow": op("conv2d", "act_2", channels=var("channels"), kernel=1, bias=False),
            "norm_3": op("batch_norm", "narrow"),
            "add": op("add", "x", "norm_3"),
        },
        output="add",
    )
