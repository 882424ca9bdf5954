"""Mixup: rows between two rows, with what is right for both."""

from __future__ import annotations

import torch

from danlu.train.augmentations.base import Augmentation, Draw, Seen, before


class Mixup(Augmentation):
    """Strength = the alpha of mixup (Zhang 2018, arXiv:1710.09412); 0.2 to 1 is usual.

    The other row weighs u ** (1 / alpha) / 2: the smaller part of a draw from Beta(alpha, alpha),
    exactly so at 1, nearly below. A category is the other row's as often as that row weighs. The
    loss is mixed in the same shares, so every task may be.
    """

    def change(self, seen: Seen, strength: torch.Tensor, draw: Draw) -> Seen:
        """Move every row towards the one before it."""
        rows = len(next(iter(seen.inputs.values())))
        share = draw("augment/mixup/share", (rows,)) ** (1 / strength) / 2  # (rows,)
        inputs = {}
        for name, x in seen.inputs.items():
            wide = share.reshape(rows, *(1 for _ in x.shape[1:]))
            taken = (draw(f"augment/mixup/{name}", tuple(x.shape)) < wide).to(x.dtype)
            is_category = seen.categories[name]
            weight = wide * (1 - is_category) + taken * is_category
            inputs[name] = torch.lerp(x, before(x), weight)
        return seen._replace(inputs=inputs, other=share)
