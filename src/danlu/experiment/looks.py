"""Looks: what was seen inside the trials of a search, by node: the figures first, then the bins."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from danlu.errors import NotFoundError, nearest
from danlu.params import Params
from danlu.store.records import Experiment
from danlu.train.events import Histogram, Watched

Owned = dict[str, list[tuple[str, str]]]
"""By node: its weights as they are filed, and as it calls them."""
MOST = 400
"""Looks in one answer: of more, so many evenly spread ones."""


class NodeSeen(Params):
    """One node in one look; what it does not have is None."""

    gradient_norm: float | None = None
    """Of all its weights."""
    ratio: float | None = None
    """The largest of its weights: the norm of the update over its own."""
    mean: float | None = None
    """Of what it gives."""
    deviation: float | None = None
    dead: float | None = None
    """Share of units that are zero for every row of the batch."""
    seconds: float | None = None
    """Forwards, of this trial alone."""
    bad: int = 0
    """Of what it gives: how many are no finite number."""
    bad_gradients: int = 0


class Glance(Params):
    """One look at all nodes, in the order they compute."""

    epoch: int
    step: int
    gradient_norm: float | None
    nodes: dict[str, NodeSeen]


class Broken(Params):
    """Where the numbers ended."""

    step: int
    node: str
    """The first that gave what is no finite number; if all did, the last with such a gradient."""


class Seen(Params):
    """What was seen of a trial; nodes inside blocks go by path: "res.0.conv"."""

    trial: int
    watched: bool
    """Whether the experiment looks into its trials."""
    total: int
    """Looks there are; more than 400 are thinned evenly, the first and the last stay."""
    looks: tuple[Glance, ...]
    broken: Broken | None = None


class Inside(Params):
    """The histograms of one node in one look."""

    epoch: int
    step: int
    output: Histogram | None = None
    weights: dict[str, Histogram] = Field({})
    """By tensor: "weight", "bias"."""
    gradients: dict[str, Histogram] = Field({})
    ratios: dict[str, float | None] = Field({})


class Insides(Params):
    """One node over time: binned where it was made, never again."""

    trial: int
    node: str
    looks: tuple[Inside, ...]


def mark_of(experiment: Experiment) -> str:
    """Return the name of the folders that belong to one experiment."""
    own = f"{experiment.project}/{experiment.name}/{experiment.created_at}"
    return hashlib.sha256(own.encode()).hexdigest()[:20]


def seen_of(experiment: Experiment, home: Path) -> Path:
    """Return where a workspace keeps what was seen of the trials."""
    return home / "cache" / "watch" / mark_of(experiment)


def looks_at(seen: Path, number: int) -> list[Watched]:
    """Read what was seen of a trial, by step; of a step that was made again, the last."""
    try:
        lines = (seen / f"{number}.jsonl").read_bytes().splitlines()
    except FileNotFoundError:
        return []
    found: dict[int, Watched] = {}
    for line in lines:
        try:
            look = Watched.model_validate_json(line)
        except ValidationError:  # torn by a kill
            continue
        found[look.step] = look
    return [found[step] for step in sorted(found)]


def figures(looks: Sequence[Watched], number: int, *, watched: bool) -> Seen:
    """Return the figures of every node in every look."""
    owned = _owned(looks)
    glances = tuple(_glance(look, owned) for look in thinned(looks))
    return Seen(
        trial=number, watched=watched, total=len(looks), looks=glances, broken=_broken(glances)
    )


def insides(looks: Sequence[Watched], number: int, node: str) -> Insides:
    """Return the histograms of one node in every look."""
    owned = _owned(looks)
    if node not in owned:
        raise NotFoundError(
            f"nothing was seen of a node '{node}' of trial {number}",
            do=nearest(node, owned) if owned else "Wait for the first look.", node=node,
            trial=number,
        )  # fmt: skip
    found = tuple(_inside(look, node, owned[node]) for look in thinned(looks))
    return Insides(trial=number, node=node, looks=found)


def rows_of(found: Seen | Insides) -> tuple[Sequence[tuple[object, ...]], tuple[str, ...]]:
    """Return a table with its heads: the nodes in the last look, or one node's ratios by step."""
    if isinstance(found, Insides):
        tensors = tuple(found.looks[-1].ratios)
        rows = [(k.epoch, k.step, *map(k.ratios.get, tensors)) for k in found.looks]
        return rows, ("epoch", "step", *(f"{t} update/weight" for t in tensors))
    nodes = found.looks[-1].nodes.items() if found.looks else ()
    heads = ("node", "gradient", "ratio", "mean", "sd", "dead", "ms")
    return [(name, *map(_short, _figures(node))) for name, node in nodes], heads


def _figures(node: NodeSeen) -> tuple[float | None, ...]:
    ms = None if node.seconds is None else node.seconds * 1000
    return node.gradient_norm, node.ratio, node.mean, node.deviation, node.dead, ms


def _short(value: float | None) -> str | None:
    return None if value is None else f"{value:.3g}"


def thinned(looks: Sequence[Watched], most: int = MOST) -> list[Watched]:
    """Return all looks, or ``most`` of them evenly spread; the first and the last stay."""
    if len(looks) <= most:
        return list(looks)
    return [looks[round(i * (len(looks) - 1) / (most - 1))] for i in range(most)]


def node_of(weight: str, nodes: Collection[str]) -> tuple[str, str]:
    """Split the file name of a weight into its node's path and the tensor's name.

    >>> node_of("res.0.half~.weight", {"res.0.half"})
    ('res.0.half', 'weight')
    >>> node_of("look.out_proj.bias", {"look"})
    ('look', 'out_proj.bias')
    """
    node, rest = weight.replace("~", ""), ""
    while node not in nodes and "." in node:
        node, _, last = node.rpartition(".")
        rest = f"{last}.{rest}" if rest else last
    return node, rest


def _owned(looks: Sequence[Watched]) -> Owned:
    """Say which weights are whose: the same in every look of a trial."""
    found: Owned = {}
    for look in looks[:1]:
        found = {node: [] for node in look.seconds}
        for weight in look.weights:
            node, tensor = node_of(weight, look.seconds)
            found.setdefault(node, []).append((weight, tensor))
    return found


def _glance(look: Watched, owned: Owned) -> Glance:
    nodes = {node: _node(look, node, own) for node, own in owned.items()}
    return Glance(epoch=look.epoch, step=look.step, gradient_norm=look.gradient_norm, nodes=nodes)


def _node(look: Watched, node: str, own: Sequence[tuple[str, str]]) -> NodeSeen:
    given = look.activations.get(node)
    ratios = [ratio for w, _ in own if (ratio := look.ratios.get(w)) is not None]
    gradients = [look.gradients[w] for w, _ in own if w in look.gradients]
    return NodeSeen(
        gradient_norm=_together([look.norms[w] for w, _ in own if w in look.norms]),
        ratio=max(ratios, default=None), mean=given and given.mean,
        deviation=given and given.deviation, dead=look.dead.get(node),
        seconds=look.seconds.get(node), bad=given.missing + given.infinite if given else 0,
        bad_gradients=sum(one.missing + one.infinite for one in gradients),
    )  # fmt: skip


def _inside(look: Watched, node: str, own: Sequence[tuple[str, str]]) -> Inside:
    return Inside(
        epoch=look.epoch, step=look.step, output=look.activations.get(node),
        weights={t: look.weights[w] for w, t in own if w in look.weights},
        gradients={t: look.gradients[w] for w, t in own if w in look.gradients},
        ratios={t: look.ratios[w] for w, t in own if w in look.ratios},
    )  # fmt: skip


def _together(norms: Sequence[float | None]) -> float | None:
    if not norms or None in norms:
        return None
    return math.hypot(*(norm for norm in norms if norm is not None))


def _broken(glances: Sequence[Glance]) -> Broken | None:
    for glance in glances:
        forwards = [node for node, seen in glance.nodes.items() if seen.bad]
        backwards = [node for node, seen in glance.nodes.items() if seen.bad_gradients]
        if forwards or backwards:
            return Broken(step=glance.step, node=[*forwards[:1], *backwards[-1:]][0])
    return None
