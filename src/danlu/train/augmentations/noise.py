"""Noise: every number moves a little, by a normal distribution."""

from __future__ import annotations

import torch

from danlu.train.augmentations.base import Augmentation, Draw, Seen


class Noise(Augmentation):
    """Strength = its deviation, beside numbers whose own is about 1; categories stay.

    To first order the same as a penalty on steep answers (Bishop 1995, Neural Computation 7:108).
    """

    def change(self, seen: Seen, strength: torch.Tensor, draw: Draw) -> Seen:
        """Add normal noise, by the method of Box and Muller."""
        inputs = {}
        for name, x in seen.inputs.items():
            shape = tuple(x.shape)
            length = torch.sqrt(-2 * torch.log(draw(f"augment/noise/{name}/length", shape)))
            angle = 2 * torch.pi * draw(f"augment/noise/{name}/angle", shape)
            numbers = 1 - seen.categories[name]
            inputs[name] = x + strength * numbers * length * torch.cos(angle)
        return seen._replace(inputs=inputs)
