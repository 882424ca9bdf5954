"""Conv norm: convolve, normalise, bend: the brick of most image networks."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import LibraryBlock, op, var
from danlu.network.graph import Block
from danlu.tensor import TensorType


class ConvNorm(LibraryBlock):
    """A convolution without bias, a batch norm that has one, and an activation."""

    title: ClassVar = {"en": "Conv, norm, activation", "zh": "卷积归一化激活"}
    words: ClassVar = {
        "en": ("cbr", "conv bn relu", "stem", "image"),
        "zh": ("卷积块", "卷积层", "图像"),
    }
    paper: ClassVar = "Ioffe 2015, arXiv:1502.03167"
    sample: ClassVar = {"x": TensorType.of("channels=3, height=8, width=8")}
    block: ClassVar = Block(
        params={"channels": 32, "kernel": 3, "stride": 1, "activation": "relu"},
        nodes={
            "conv": op(
                "conv2d", "x", channels=var("channels"), kernel=var("kernel"),
                stride=var("stride"), bias=False,
            ),
            "norm": op("batch_norm", "conv"),
            "act": op("activation", "norm", kind=var("activation")),
        },
        output="act",
    )  # fmt: skip
