"""Propose: a network, a space and a recipe fitted to the data, without torch.

A residual MLP (Gorishniy 2021, arXiv:2106.11959) over embedded columns; from some thousand rows
numbers also enter as waves of learnt frequencies (Gorishniy 2022, arXiv:2203.05556), which is
what lets it rival boosted trees, some cells are those of other rows (Bahri 2022, arXiv:2106.15147)
and an average of the weights answers (Holzmueller 2024, arXiv:2407.04491, found it to help). Small
data get small networks and many epochs, large data the reverse. What is searched is mostly dials,
so that the trials stay in few cohorts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import JsonValue

from danlu.network.graph import Network, Node, Selector
from danlu.space import Choice, Float, Space
from danlu.tensor import TensorType

Json = dict[str, Any]

WIDTHS = ((500, 32), (5_000, 64), (200_000, 128))  # up to rows, units
WIDEST = 256
EMBEDDINGS = ((12, 4), (200, 8))  # up to values of the largest category column, units
WAVES_FROM, DEEP_FROM = 2_000, 10_000  # rows; fewer would be learnt by heart
EYE = (16, 32, 32)  # channels, each round at half the size
MOST_WAVES = 200  # numbers; of wider tables the waves alone would be larger than the network
VISITS = 420_000  # rows a trial should see, about, each as often as there are epochs


class Proposal(NamedTuple):
    """A network, the fields of it and of the recipe that may move, and the recipe's fields."""

    network: Network
    space: Space
    recipe: Json
    why: str = ""
    """Why this one, in a sentence; empty when it was asked for."""


def propose(types: Mapping[str, TensorType], *, rows: int, task: str, head: int) -> Proposal:
    """Propose for inputs of these types and ``rows`` train rows; ``head`` numbers come out.

    >>> from danlu.tensor import Axis, Field
    >>> axes, a = (Axis(name="features", size=2),), Field(column="a", start=0, width=2)
    >>> types = {"table": TensorType(axes=axes, fields=(a,))}
    >>> found = propose(types, rows=500, task="regression", head=1)
    >>> list(found.network.nodes)[:5]
    ['columns', 'stem', 'norm_1', 'mlp_1', 'act_1']
    """
    width = max(_step(WIDTHS, rows, WIDEST), min(2 * head, WIDEST))
    waves = rows >= WAVES_FROM
    nodes, last = _entrance(types, waves=waves)
    nodes["stem"] = _node("dense", last, units=width)
    last = "stem"
    for number in range(1, (1 if rows < DEEP_FROM else 2) + 1):
        nodes |= _block(number, last, width, p=0.2 if waves else 0.1)
        last = f"add_{number}"
    nodes["norm"] = _node("layer_norm", last, scale=False)
    nodes["act"] = _node("activation", "norm")
    nodes["head"] = _node("dense", "act", units="target")
    network = Network(
        name="residual_mlp",
        inputs=selectors(types),
        nodes=nodes,
        outputs={"answer": "head"},
    )
    why = f"a residual MLP is the steadiest choice for a table of {rows:,} rows"
    if any(len(given.axes) > 1 for given in types.values()):
        why = "pictures and columns are read side by side"
    return Proposal(network, _space(nodes, width, large=waves), _recipe(rows, task), why)


def selectors(types: Mapping[str, TensorType]) -> dict[str, Selector]:
    """Select for each input what it was read from; a table reads all that is no picture."""
    return {
        name: Selector(columns=tuple(f.column for f in given.fields))
        if len(given.axes) > 1 and given.fields else Selector()
        for name, given in types.items()
    }  # fmt: skip


def _node(op: str, source: str | tuple[str, ...], **params: JsonValue) -> Node:
    port = "x" if isinstance(source, str) else "xs"
    return Node(op=op, params=params, in_={port: source})


def _entrance(types: Mapping[str, TensorType], *, waves: bool) -> tuple[dict[str, Node], str]:
    """Read every input as one vector, its numbers also as waves, and join them."""
    nodes: dict[str, Node] = {}
    ends: list[str] = []
    for number, (name, given) in enumerate(types.items(), start=1):
        if len(given.axes) > 1:
            nodes |= _eye(number, name, given)
            ends.append(f"line_{number}")
            continue
        largest = max((f.cardinality or 0 for f in given.fields), default=0)
        units = _step(EMBEDDINGS, largest, 16)
        ending = "" if len(types) == 1 else f"_{number}"
        nodes[f"columns{ending}"] = _node("columns", name, **({"units": units} if largest else {}))
        ends.append(f"columns{ending}")
        numbers = sum(f.width for f in given.fields if not f.is_category)
        if waves and 0 < numbers <= MOST_WAVES:
            nodes[f"waves{ending}"] = _node("periodic", name, sigma=3.0)
            ends.append(f"waves{ending}")
    if len(ends) == 1:
        return nodes, ends[0]
    return {**nodes, "joined": _node("concat", tuple(ends))}, "joined"


def _eye(number: int, source: str, given: TensorType) -> dict[str, Node]:
    """See a picture: convolve and halve it while there is room, and lay what is left in a line."""
    nodes: dict[str, Node] = {}
    room = min(size or 1 for size in given.shape[1:]).bit_length() - 2
    for depth, channels in enumerate(EYE[: max(1, room)], start=1):
        end = f"{number}_{depth}"
        nodes[f"conv_{end}"] = _node("conv2d", source, channels=channels)
        nodes[f"bend_{end}"] = _node("activation", f"conv_{end}")
        nodes[f"pool_{end}"] = _node("pool", f"bend_{end}")
        source = f"pool_{end}"
    return {**nodes, f"line_{number}": _node("flatten", source)}


def _block(number: int, source: str, width: int, *, p: float) -> dict[str, Node]:
    """Normalise, widen, silence, come back, add: the stream stays as it is where that is best."""
    n = number
    return {
        f"norm_{n}": _node("layer_norm", source, scale=False),  # mlp scales anyhow
        f"mlp_{n}": _node("dense", f"norm_{n}", units=width),
        f"act_{n}": _node("activation", f"mlp_{n}"),
        f"drop_{n}": _node("dropout", f"act_{n}", p=p),
        f"back_{n}": _node("dense", f"drop_{n}", units=width),
        f"add_{n}": _node("add", (source, f"back_{n}")),
    }


def _space(nodes: Mapping[str, Node], width: int, *, large: bool) -> Space:
    """Range the dials, and one size by two values: at most two cohorts."""
    more: Space = {
        "recipe.preprocessing": Choice("standard", "quantile"),
        "recipe.augmentation_strength": Float(0.0, 0.15),
    }
    drops = {f"{name}.p": Float(0.0, 0.5) for name, node in nodes.items() if node.op == "dropout"}
    waves = {
        f"{name}.sigma": Float(0.3, 20.0, log=True)
        for name, node in nodes.items()
        if node.op == "periodic"
    }
    return {
        "mlp_1.units": Choice(width // 2, width),
        **drops,
        **waves,
        "recipe.learning_rate": Float(3e-4, 1e-2, log=True),
        "recipe.weight_decay": Float(1e-4, 1e-1, log=True),
        **(more if large else {}),
    }


def _recipe(rows: int, task: str) -> Json:
    batch = next(b for b in (32, 64, 128, 256, 512, 1024) if b >= min(rows // 70, 1024))
    epochs = min(max(VISITS // max(rows, 1), 8), 60)
    smooth = task == "classification" and rows < WAVES_FROM
    more: Json = {"label_smoothing": 0.02} if smooth else {}
    if rows >= WAVES_FROM:
        more |= {
            "ema": 0.99, "preprocessing": "standard", "augmentation": "swap",
            "augmentation_strength": 0.05,
        }  # fmt: skip
    return {
        "optimizer": "adamw", "learning_rate": 2e-3, "weight_decay": 1e-2, "schedule": "cosine",
        "batch_size": batch, "epochs": epochs, "patience": max(4, epochs // 4), **more,
    }  # fmt: skip


def _step(steps: tuple[tuple[int, int], ...], value: int, beyond: int) -> int:
    return next((result for most, result in steps if value <= most), beyond)
