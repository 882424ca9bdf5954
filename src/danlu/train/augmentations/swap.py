"""Swap: some cells of a row are those of another row."""

from __future__ import annotations

import torch

from danlu.train.augmentations.base import Augmentation, Draw, Seen, before


class Swap(Augmentation):
    """Strength = the share of cells that are replaced; what is put in is always a real value.

    The corruption of VIME (Yoon 2020, NeurIPS 33) and SCARF (Bahri 2022, arXiv:2106.15147), here
    beside the label: no single column can be leant on.
    """

    def change(self, seen: Seen, strength: torch.Tensor, draw: Draw) -> Seen:
        """Take cells from the row before."""
        inputs = {
            name: torch.where(draw(f"augment/swap/{name}", tuple(x.shape)) < strength, before(x), x)
            for name, x in seen.inputs.items()
        }
        return seen._replace(inputs=inputs)
