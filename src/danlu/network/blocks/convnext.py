"""ConvNeXt: a residual block shaped like a transformer's: look around, then think per pixel."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import LibraryBlock, op, var
from danlu.network.graph import Block
from danlu.tensor import TensorType


class Convnext(LibraryBlock):
    """A large depthwise convolution, one norm, and two 1 x 1 convolutions; may be repeated."""

    title: ClassVar = {"en": "ConvNeXt block", "zh": "ConvNeXt 块"}
    words: ClassVar = {
        "en": ("depthwise", "modern", "group norm", "image"),
        "zh": ("深度卷积", "图像", "现代卷积"),
    }
    paper: ClassVar = "Liu 2022, arXiv:2201.03545"
    sample: ClassVar = {"x": TensorType.of("channels=32, height=8, width=8")}
    block: ClassVar = Block(
        params={"channels": 32, "kernel": 7, "expansion": 4},
        nodes={
            "around": op("depthwise_conv2d", "x", kernel=var("kernel")),
            "norm": op("group_norm", "around", groups=1),
            "widen": op("conv2d", "norm", channels=var("channels * expansion"), kernel=1),
            "act": op("activation", "widen", kind="gelu"),
            "narrow": op("conv2d", "act", channels=var("channels"), kernel=1),
            "add": op("add", "x", "narrow"),
        },
        output="add",
    )
