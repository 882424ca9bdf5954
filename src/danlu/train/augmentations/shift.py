"""Shift: a picture stands a little elsewhere; what was its rim fills the gap."""

from __future__ import annotations

import torch
from torch import Tensor

from danlu.train.augmentations.base import Augmentation, Draw, Seen, is_pictures


class Shift(Augmentation):
    """Strength = the farthest way, as a share of the side; tables stay as they are.

    Padding and cropping at random, as for the first residual networks (He 2015, arXiv:1512.03385),
    but with the rim repeated instead of zeros.
    """

    def change(self, seen: Seen, strength: Tensor, draw: Draw) -> Seen:
        """Move every picture by whole pixels, along both sides."""
        inputs = dict(seen.inputs)
        for name, x in seen.inputs.items():
            if is_pictures(x):
                ways = draw(f"augment/shift/{name}", (len(x), 2)) * 2 - 1  # (rows, sides)
                moved = _along(x, 2, ways[:, 0] * strength)
                inputs[name] = _along(moved, 3, ways[:, 1] * strength)
        return seen._replace(inputs=inputs)


def _along(x: Tensor, axis: int, share: Tensor) -> Tensor:
    """Move (rows, channels, height, width) along an axis by a share of it, each row its own."""
    size = x.shape[axis]
    steps = torch.round(share * size)[:, None]  # (rows, 1)
    places = (torch.arange(size, device=x.device) - steps).clamp(0, size - 1).long()
    shape = [len(x), 1, 1, 1]
    shape[axis] = size
    return torch.gather(x, axis, places.reshape(shape).expand(x.shape))
