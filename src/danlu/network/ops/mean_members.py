"""Mean of members: join the members of an ensemble into one vector."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port, Refusal
from danlu.tensor import TensorType


def of_members(inputs: Inputs) -> Refusal | None:
    """Refuse what has no members."""
    given = inputs["x"][0]
    if tuple(a.name for a in given.axes) == ("members", "features"):
        return None
    told: dict[str, str | int] = {"wants": "members", "given": str(given)}
    return Refusal(code="axes_mismatch", port="x", args=told)


class MeanMembers(Op):
    """The mean over the members; from here on they are learnt together, as one.

    At the end of a network leave it out: an output of members is learnt by each for itself, and
    answered by the mean of their answers.

    >>> MeanMembers().on("members=8, features=3")
    'features=3'
    """

    title: ClassVar = {"en": "Mean of members", "zh": "成员均值"}
    words: ClassVar = {
        "en": ("ensemble", "average", "join members", "tabm"),
        "zh": ("集成", "平均", "成员合并"),
    }
    group: ClassVar = "joins"
    formula: ClassVar = "y = mean over k of x_k"
    ports: ClassVar = (Port(name="x", wants="features"),)
    laws: ClassVar = (of_members,)
    gives: ClassVar = ("features",)
    on_fill: ClassVar = "each"
    sample: ClassVar = {"x": (TensorType.of("members=3, features=5"),)}

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _MeanMembers()

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        return Source("{0}.mean(1)")


class _MeanMembers(Layer):
    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the mean of the members  # (rows, features)."""
        return tensors[0].mean(1)
