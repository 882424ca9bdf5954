"""Flip: some pictures are seen in a mirror, left for right."""

from __future__ import annotations

import torch
from torch import Tensor

from danlu.train.augmentations.base import Augmentation, Draw, Seen, is_pictures


class Flip(Augmentation):
    """Strength = twice the share of pictures that are mirrored: at 1 it is half of them.

    Right for scenes and animals, wrong for letters and digits; tables stay as they are.
    """

    def change(self, seen: Seen, strength: Tensor, draw: Draw) -> Seen:
        """Mirror whole pictures."""
        inputs = dict(seen.inputs)
        for name, x in seen.inputs.items():
            if is_pictures(x):
                mirrored = draw(f"augment/flip/{name}", (len(x), 1, 1, 1)) < strength / 2
                inputs[name] = torch.where(mirrored, x.flip(-1), x)
        return seen._replace(inputs=inputs)
