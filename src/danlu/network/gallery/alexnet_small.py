"""AlexNet, small: five convolutions and three dense layers, the plan that won ImageNet."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import op
from danlu.network.gallery.base import Entry, Proof, Types, no_picture, picture_of
from danlu.network.graph import Network, Node
from danlu.network.propose import Proposal, selectors
from danlu.space import Choice, Float, Space

LARGE = 16  # pixels a side from which the second pooling leaves something to see


class AlexnetSmall(Entry):
    """The order of layers of 2012, with ReLU, overlapping pooling and dropout, for small pictures.

    Kernels are 3 x 3 and channels a sixth; local response normalisation is left out, as later
    networks found it of no use.
    """

    title: ClassVar = {"en": "AlexNet, small", "zh": "小型 AlexNet"}
    words: ClassVar = {
        "en": ("cnn", "convolutional network", "image", "imagenet", "dropout"),
        "zh": ("卷积网络", "图像", "图像分类", "随机失活"),
    }
    paper: ClassVar = "Krizhevsky 2012, NeurIPS 25"
    proof: ClassVar = Proof(
        "digits", "accuracy", 0.965,
        "logistic regression on the same split, the best of C = 0.01, 0.1, 1", epochs=14,
    )  # fmt: skip

    def why_not(self, types: Types) -> str | None:
        """Want a picture, or the numbers of a square, to be seen as one."""
        return no_picture(types)

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """See the numbers as one grey picture; pool after the first, second and fifth layer."""
        seen = picture_of(types)
        assert seen is not None, "asked for after why_not"
        network = Network(
            name="alexnet_small",
            inputs=selectors(types),
            nodes={
                **seen.entrance,
                **_layer(1, seen.source, channels=16),
                "pool_1": _pool("act_1"),
                **_layer(2, "pool_1", channels=40),
                **({"pool_2": _pool("act_2")} if seen.side >= LARGE else {}),
                **_layer(3, "pool_2" if seen.side >= LARGE else "act_2", channels=64),
                **_layer(4, "act_3", channels=64),
                **_layer(5, "act_4", channels=40),
                "pool_5": _pool("act_5"),
                "line": op("flatten", "pool_5"),
                **_dense(6, "line"),
                **_dense(7, "act_6"),
                "head": op("dense", "act_7", units="target"),
            },
            outputs={"answer": "head"},
        )
        space: Space = {
            "dense_6.units": Choice(128, 256),
            "drop_6.p": Float(0.0, 0.6),
            "drop_7.p": Float(0.0, 0.6),
            "recipe.learning_rate": Float(1e-3, 1e-2, log=True),
        }
        smoothing = {"label_smoothing": 0.05} if task == "classification" else {}
        recipe = {
            "learning_rate": 5e-3, "weight_decay": 0.1, "epochs": 14,
            "batch_size": 32 if rows < 5_000 else 128, **smoothing,
        }  # fmt: skip
        return Proposal(network, space, recipe)


def _layer(number: int, source: str, *, channels: int) -> dict[str, Node]:
    return {
        f"conv_{number}": op("conv2d", source, channels=channels),
        f"act_{number}": op("activation", f"conv_{number}"),
    }


def _pool(source: str) -> Node:
    """Halve the picture; windows overlap by one."""
    return op("pool", source, kernel=3, stride=2, padding="same")


def _dense(number: int, source: str) -> dict[str, Node]:
    return {
        f"drop_{number}": op("dropout", source, p=0.2),
        f"dense_{number}": op("dense", f"drop_{number}", units=128),
        f"act_{number}": op("activation", f"dense_{number}"),
    }
