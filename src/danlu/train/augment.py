"""Augment: the augmentations that the trials of a cohort want, each at its trial's strength."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from danlu.catalog import Catalog
from danlu.tensor import TensorType
from danlu.train.augmentations.base import Augmentation, Draw, Seen
from danlu.train.recipe import NONE, Recipe

AUGMENT, CATEGORY = "augment/", "category/"
"""Dials: a strength by kind, 0-dim; by input, which slots hold an index  # (slots,)."""
AUGMENTATIONS: Catalog[Augmentation] = Catalog("danlu.train.augmentations", Augmentation)  # type: ignore[type-abstract]


def dials_of(recipes: Sequence[Recipe], types: Mapping[str, TensorType]) -> list[dict[str, Tensor]]:
    """Return per trial how strong each kind is that anybody wants; nothing if nobody does."""
    kinds = [k for k in AUGMENTATIONS.names() if any(wants(r, k) for r in recipes)]
    if not kinds:
        return [{} for _ in recipes]
    marks = {CATEGORY + name: _categories(given) for name, given in types.items()}
    return [
        {AUGMENT + k: _number(r.augmentation_strength if wants(r, k) else 0.0) for k in kinds}
        | marks
        for r in recipes
    ]


def wants(recipe: Recipe, kind: str) -> bool:
    """Whether a recipe asks for a kind at all."""
    assert kind != NONE
    return recipe.augmentation == kind and recipe.augmentation_strength > 0


def augmented(inputs: dict[str, Tensor], dials: Mapping[str, Tensor], draw: Draw) -> Seen:
    """Return what one trial sees of a batch."""
    marks = {n.removeprefix(CATEGORY): t for n, t in dials.items() if n.startswith(CATEGORY)}
    seen = Seen(inputs, marks)
    for name in (n for n in dials if n.startswith(AUGMENT)):
        kind = AUGMENTATIONS.get(name.removeprefix(AUGMENT))()
        seen = kind.change(seen, dials[name], draw)
    return seen


def _number(value: float) -> Tensor:
    return torch.tensor(value, device="cpu")


def _categories(given: TensorType) -> Tensor:
    found = torch.zeros(int(given.axes[-1].size or 1), device="cpu")
    for field in given.fields:
        found[field.start : field.start + field.width] = float(field.is_category)
    return found
