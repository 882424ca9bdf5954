"""Looks: what was seen inside the trials of a search, by node: the figures first, then the bins."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from danlu.errors import NotFoundError, nearest
from danlu.params import Params
from danlu.store.records import Experiment
from danlu.train.events import Histogram, Watched

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
    glances = tuple(_glance(look) for look in thinned(looks))
    return Seen(
        trial=number, watched=watched, total=len(looks), looks=glances, broken=_broken(glances)
    )


def insides(looks: Sequence[Watched], number: int, node: str) -> Insides:
    """Return the histograms of one node in every look."""
    known = {n for look in looks[:1] for n in _nodes(look)}
    if node not in known:
        raise NotFoundError(
            f"nothing was seen of a node '{node}' of trial {number}",
            do=nearest(node, known) if known else "Wait for the first look.", node=node,
            trial=number,
        )  # fmt: skip
    found = (
        Inside(
            epoch=look.epoch, step=look.step, output=look.activations.get(node),
            weights=_of(look.weights, node), gradients=_of(look.gradients, node),
            ratios=_of(look.ratios, node),
        )
        for look in thinned(looks)
    )  # fmt: skip
    return Insides(trial=number, node=node, looks=tuple(found))


def rows_of(found: Seen | Insides) -> tuple[Sequence[tuple[object, ...]], tuple[str, ...]]:
    """Return a table with its heads: the nodes in the last look, or one node's ratios by step."""
    if isinstance(found, Insides):
        tensors = tuple(found.looks[-1].ratios)
        rows = [(k.epoch, k.step, *map(k.ratios.get, tensors)) for k in found.looks]
        return rows, ("epoch", "step", *(f"{t} update/weight" for t in tensors))
    fields = tuple(NodeSeen.model_fields)
    nodes = found.looks[-1].nodes.items() if found.looks else ()
    return (
        [(name, *(getattr(node, field) for field in fields)) for name, node in nodes],
        ("node", *(field.replace("_", " ") for field in fields)),
    )


def thinned(looks: Sequence[Watched], most: int = MOST) -> list[Watched]:
    """Return all looks, or ``most`` of them evenly spread; the first and the last stay."""
    if len(looks) <= most:
        return list(looks)
    return [looks[round(i * (len(looks) - 1) / (most - 1))] for i in range(most)]


def node_of(weight: str) -> tuple[str, str]:
    """Split the file name of a weight into its node's path and the tensor's name.

    >>> node_of("res.0.half~.weight")
    ('res.0.half', 'weight')
    """
    node, _, tensor = weight.rpartition(".")
    return node.replace("~", ""), tensor


def _of(group: Mapping[str, object], node: str) -> dict[str, object]:
    named = ((node_of(weight), value) for weight, value in group.items())
    return {tensor: value for (owner, tensor), value in named if owner == node}


def _nodes(look: Watched) -> dict[str, None]:
    """Name the nodes in the order they compute."""
    return dict.fromkeys([*look.seconds, *(node_of(weight)[0] for weight in look.weights)])


def _glance(look: Watched) -> Glance:
    norms: dict[str, list[float | None]] = {}
    ratios: dict[str, list[float]] = {}
    bad: dict[str, int] = {}
    for weight, histogram in look.gradients.items():
        node = node_of(weight)[0]
        bad[node] = bad.get(node, 0) + histogram.missing + histogram.infinite
    for weight, norm in look.norms.items():
        norms.setdefault(node_of(weight)[0], []).append(norm)
    for weight, ratio in look.ratios.items():
        if ratio is not None:
            ratios.setdefault(node_of(weight)[0], []).append(ratio)
    nodes = {}
    for node in _nodes(look):
        given = look.activations.get(node)
        nodes[node] = NodeSeen(
            gradient_norm=_together(norms.get(node)), ratio=max(ratios.get(node, []), default=None),
            mean=given and given.mean, deviation=given and given.deviation,
            dead=look.dead.get(node), seconds=look.seconds.get(node),
            bad=given.missing + given.infinite if given else 0, bad_gradients=bad.get(node, 0),
        )  # fmt: skip
    return Glance(epoch=look.epoch, step=look.step, gradient_norm=look.gradient_norm, nodes=nodes)


def _together(norms: Sequence[float | None] | None) -> float | None:
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
