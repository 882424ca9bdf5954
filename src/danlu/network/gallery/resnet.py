"""ResNet: many layers, each of which only corrects what passes beside it."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import library
from danlu.network.gallery.base import Entry, Proof, Types, no_picture, picture_of
from danlu.network.graph import Network
from danlu.network.propose import Proposal, selectors
from danlu.space import Float, Int, Space

LARGE = 16  # pixels a side from which the picture is halved twice


class Resnet(Entry):
    """A stem, stages of residual blocks at one size each, and the average of the last picture."""

    title: ClassVar = {"en": "ResNet", "zh": "残差网络"}
    words: ClassVar = {
        "en": ("residual network", "cnn", "image", "skip connection", "deep"),
        "zh": ("ResNet", "卷积网络", "图像", "跳跃连接", "深层"),
    }
    paper: ClassVar = "He 2015, arXiv:1512.03385"
    proof: ClassVar = Proof(
        "digits", "accuracy", 0.965,
        "logistic regression on the same split, the best of C = 0.01, 0.1, 1", epochs=8,
    )  # fmt: skip

    def why_not(self, types: Types) -> str | None:
        """Want a picture, or the numbers of a square, to be seen as one."""
        return no_picture(types)

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """See the numbers as one grey picture; widen while it shrinks."""
        seen = picture_of(types)
        assert seen is not None, "asked for after why_not"
        stages = 3 if seen.side >= LARGE else 2
        network = Network.model_validate({
            "name": "resnet", "inputs": selectors(types),
            "nodes": {
                **seen.entrance,
                "stem": {
                    "block": "conv_norm", "params": {"channels": 16}, "in": {"x": seen.source},
                },
                "stage_1": {"block": "residual", "params": {"channels": 16}, "in": {"x": "stem"}},
                **_stage(2, "stage_1"),
                **(_stage(3, "stage_2") if stages == 3 else {}),
                "pool": {"op": "global_pool", "in": {"x": f"stage_{stages}"}},
                "head": {"op": "dense", "params": {"units": "target"}, "in": {"x": "pool"}},
            },
            "blocks": library("conv_norm", "residual", "residual_down"),
            "outputs": {"answer": "head"},
        })  # fmt: skip
        space: Space = {
            "stage_1.repeat": Int(1, 3),
            "stage_2.repeat": Int(1, 3),
            "recipe.learning_rate": Float(1e-3, 2e-2, log=True),
            "recipe.weight_decay": Float(1e-3, 1e-1, log=True),
        }
        batch = 64 if rows < 20_000 else 256
        recipe = {
            "learning_rate": 6e-3, "weight_decay": 1e-2, "batch_size": batch, "epochs": 20,
            **({"label_smoothing": 0.02} if task == "classification" else {}),
        }  # fmt: skip
        return Proposal(network, space, recipe)


def _stage(number: int, source: str) -> dict[str, object]:
    """Halve the picture, double its channels, and correct it once more."""
    channels = {"channels": 8 * 2**number}
    return {
        f"down_{number}": {"block": "residual_down", "params": channels, "in": {"x": source}},
        f"stage_{number}": {
            "block": "residual", "params": channels, "in": {"x": f"down_{number}"},
        },
    }  # fmt: skip
