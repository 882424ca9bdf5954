"""LeNet-5: the convolutional network that read cheques."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import op
from danlu.network.gallery.base import Entry, Proof, Types, no_picture, picture_of
from danlu.network.graph import Network, Node
from danlu.network.propose import Proposal, selectors
from danlu.space import Choice, Float, Space

LARGE = 20  # pixels a side from which the second kernel has room for 5 x 5


class Lenet5(Entry):
    """Two rounds of convolution and pooling, then three dense layers, bent by tanh throughout.

    Two things differ from 1998: pooling takes the largest number instead of a weighted average,
    and the output is a plain dense layer, not the distances to drawn digits.
    """

    title: ClassVar = {"en": "LeNet-5", "zh": "LeNet-5"}
    words: ClassVar = {
        "en": ("cnn", "convolutional network", "image", "digits", "mnist"),
        "zh": ("卷积网络", "图像", "手写数字", "数字识别"),
    }
    paper: ClassVar = "LeCun 1998, Proc. IEEE 86(11)"
    proof: ClassVar = Proof(
        "digits", "accuracy", 0.965,
        "logistic regression on the same split, the best of C = 0.01, 0.1, 1", epochs=20,
    )  # fmt: skip

    def why_not(self, types: Types) -> str | None:
        """Want a picture, or the numbers of a square, to be seen as one."""
        return no_picture(types)

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """See the numbers as one grey picture, and halve it twice."""
        seen = picture_of(types)
        assert seen is not None, "asked for after why_not"
        network = Network(
            name="lenet5",
            inputs=selectors(types),
            nodes={
                **seen.entrance,
                **_round(1, seen.source, channels=6, kernel=5),
                **_round(2, "pool_1", channels=16, kernel=5 if seen.side >= LARGE else 3),
                "line": op("flatten", "pool_2"),
                "dense_3": op("dense", "line", units=120),
                "act_3": op("activation", "dense_3", kind="tanh"),
                "dense_4": op("dense", "act_3", units=84),
                "act_4": op("activation", "dense_4", kind="tanh"),
                "head": op("dense", "act_4", units="target"),
            },
            outputs={"answer": "head"},
        )
        space: Space = {
            "conv_1.channels": Choice(6, 16),
            "pool_1.kind": Choice("max", "average"),
            "recipe.learning_rate": Float(2e-3, 2e-2, log=True),
            "recipe.weight_decay": Float(1e-2, 5e-1, log=True),
        }
        smoothing = {"label_smoothing": 0.05} if task == "classification" else {}
        recipe = {
            "learning_rate": 1e-2, "weight_decay": 0.2, "epochs": 20,
            "batch_size": 32 if rows < 5_000 else 128, **smoothing,
        }  # fmt: skip
        return Proposal(network, space, recipe)


def _round(number: int, source: str, *, channels: int, kernel: int) -> dict[str, Node]:
    return {
        f"conv_{number}": op("conv2d", source, channels=channels, kernel=kernel),
        f"act_{number}": op("activation", f"conv_{number}", kind="tanh"),
        f"pool_{number}": op("pool", f"act_{number}", kind="max"),
    }
