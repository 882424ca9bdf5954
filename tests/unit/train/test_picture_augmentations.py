"""Augmentations of pictures: each is mirrored or moved as a whole, and nothing is made up."""

import pytest
import torch

from danlu.testing.augmentations import batch, seen
from danlu.train.augmentations.flip import Flip
from danlu.train.augmentations.shift import Shift


@pytest.mark.parametrize("augmentation", [Flip(), Shift()])
def test_tables_stay(augmentation):
    assert torch.equal(seen(augmentation, 1.0).inputs["table"], batch().inputs["table"])


def test_about_half_are_mirrored_at_full_strength_and_the_others_untouched():
    shown, before = seen(Flip(), 1.0).inputs["image"], batch().inputs["image"]
    same = (shown == before).flatten(1).all(1)
    mirrored = (shown == before.flip(-1)).flatten(1).all(1)
    assert bool((same ^ mirrored).all())
    assert 0.4 < float(mirrored.float().mean()) < 0.6


def test_a_picture_moves_as_a_whole_and_its_rim_fills_the_gap():
    shown, before = seen(Shift(), 0.2).inputs["image"], batch().inputs["image"]
    padded = torch.nn.functional.pad(before, (2, 2, 2, 2), mode="replicate")
    windows = padded.unfold(2, 10, 1).unfold(3, 10, 1)[:, 0]  # (rows, 5, 5, 10, 10)
    found = (windows == shown[:, :, None]).flatten(3).all(3).flatten(1)
    assert bool(found.any(1).all())
    assert bool(found.any(0).all())  # every way is gone by some picture
