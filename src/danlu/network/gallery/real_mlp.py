"""RealMLP: an MLP with better habits, for tables."""

from __future__ import annotations

from typing import ClassVar

from danlu.network.blocks.base import op
from danlu.network.gallery.base import Entry, Proof, Types, only_table, pace
from danlu.network.graph import Network, Node, Selector
from danlu.network.propose import Proposal
from danlu.space import Choice, Float, Space


class RealMlp(Entry):
    """Numbers as waves, a learnt factor per column, three hidden layers, smoothed labels.

    Taken from the paper: the wave embedding (PBLD), the scaling layer, mish (regression) and selu
    (classification), dropout, label smoothing. Left out: its learning rate schedule, the rates per
    group of weights, the learnt strength of activations, and the start of biases from the data.
    """

    title: ClassVar = {"en": "RealMLP", "zh": "RealMLP"}
    words: ClassVar = {
        "en": ("tabular", "mlp", "periodic", "pbld", "scaling layer", "defaults"),
        "zh": ("表格", "多层感知机", "周期编码", "默认参数"),
    }
    paper: ClassVar = "Holzmueller 2024, arXiv:2407.04491"
    proof: ClassVar = Proof(
        "flights", "auc", 0.665,
        "logistic regression on one-hot columns of the same split has 0.658", epochs=6,
    )  # fmt: skip

    def why_not(self, types: Types) -> str | None:
        """Want one table."""
        return None if only_table(types) else "it takes one table"

    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:  # noqa: ARG002
        """Embed, weigh, bend three times, answer."""
        nodes, last = _entrance(types)
        nodes["weigh"] = op("layer_scale", last, start=1.0)
        last, curve = "weigh", "selu" if task == "classification" else "mish"
        for number in (1, 2, 3):
            nodes |= _layer(number, last, curve)
            last = f"drop_{number}"
        nodes["head"] = op("dense", last, units="target")
        network = Network(
            name="real_mlp",
            inputs={name: Selector() for name in types},
            nodes=nodes,
            outputs={"answer": "head"},
        )
        space: Space = {
            **({"numbers.sigma": Float(0.05, 2.0, log=True)} if "numbers" in nodes else {}),
            "act_1.kind": Choice("selu", "mish", "relu"),
            **{f"drop_{n}.p": Float(0.0, 0.3) for n in (1, 2, 3)},
            "recipe.learning_rate": Float(5e-4, 1e-2, log=True),
        }
        smoothing = {"label_smoothing": 0.1} if task == "classification" else {}
        recipe = {"learning_rate": 1e-3, "weight_decay": 2e-2, **smoothing, **pace(rows)}
        return Proposal(network, space, recipe)


def _layer(number: int, source: str, curve: str) -> dict[str, Node]:
    return {
        f"dense_{number}": op("dense", source, units=128),
        f"act_{number}": op("activation", f"dense_{number}", kind=curve),
        f"drop_{number}": op("dropout", f"act_{number}", p=0.15),
    }


def _entrance(types: Types) -> tuple[dict[str, Node], str]:
    """Read numbers by waves and categories by vectors, and put them side by side."""
    (table,), found = types, only_table(types)
    assert found is not None  # why_not says so
    nodes: dict[str, Node] = {}
    if found.numbers:
        nodes["numbers"] = op("periodic", table, form="pbld", units=4, frequencies=16)
    if found.categories:
        nodes["categories"] = op("embedding", table, units=8)
    if len(nodes) == 1:
        return nodes, next(iter(nodes))
    return {**nodes, "both": op("concat", *nodes)}, "both"
