"""Dials: what a recipe does to the numbers that trials of one program may differ in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from danlu.network.expand import expand
from danlu.network.graph import Network
from danlu.tasks.base import Task
from danlu.tasks.classification import Classification
from danlu.train import augment
from danlu.train.batches import Encoded
from danlu.train.device import Device
from danlu.train.prepared import Ways
from danlu.train.recipe import Recipe
from danlu.train.step import CLASS_WEIGHTS, SMOOTHING, Tensors

DROPPING = ("dropout", "drop_path")
MOST_DROPPED = 0.95


def scaled(dials: Mapping[str, float], network: Network, factor: float) -> dict[str, float]:
    """Multiply the probability of every dropout; no more than 0.95 are dropped."""
    nodes = expand(network).nodes
    dropping = {f"{name}.p" for name, node in nodes.items() if node.op in DROPPING}
    return {
        key: min(value * factor, MOST_DROPPED) if key in dropping and factor != 1 else value
        for key, value in dials.items()
    }


def class_weights(task: Task, target: Tensor) -> Tensor | None:
    """Return weights (classes,) by which all classes found weigh the same, on average 1 per row.

    None if the task has no classes. A class that no train row has weighs 1.
    """
    if not isinstance(task, Classification):
        return None
    counts = torch.bincount(target, minlength=len(task.classes)).float()
    even = len(target) / (counts > 0).sum()
    return torch.where(counts > 0, even / counts.clamp_min(1), torch.ones_like(counts))


def weights_of(recipes: Sequence[Recipe], balance: Tensor | None) -> list[Tensors]:
    """Return per trial the dial of class weights; for none of them if nobody wants any."""
    if balance is None or all(r.class_weights == "none" for r in recipes):
        return [{} for _ in recipes]
    even = torch.ones_like(balance)
    return [{CLASS_WEIGHTS: even if r.class_weights == "none" else balance} for r in recipes]


def beside(recipes: Sequence[Recipe], task: Task, data: Encoded, ways: Ways) -> list[Tensors]:
    """Return per trial the dials that no network names: class weights, ways, augmentation."""
    weights = weights_of(recipes, class_weights(task, data.train.target))
    more = augment.dials_of(recipes, ways.types)
    return [
        {**weights[place], **more[place], **ways.dials(recipe.preprocessing)}
        for place, recipe in enumerate(recipes)
    ]


def dials_alone(
    dials: Mapping[str, float], recipe: Recipe, more: Tensors, device: Device
) -> Tensors:
    """Return what one trial is given when it runs by itself, without the marks of a cohort."""
    smoothing = {SMOOTHING: recipe.label_smoothing} if recipe.label_smoothing else {}
    every = {**dials, **more, **smoothing}
    return {
        name: torch.as_tensor(value, device="cpu").to(device.at) for name, value in every.items()
    }
