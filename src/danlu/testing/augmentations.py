"""Augmentations: what every augmentation must do."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor
from torch.func import vmap

from danlu.train.augmentations.base import Augmentation, Seen
from danlu.train.noise import keys, uniform

ROWS, SLOTS, CATEGORY = 600, 5, 3
PICTURE = (1, 10, 10)


def batch() -> Seen:
    """Return rows of four numbers and a category, and a small picture each."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(ROWS, SLOTS, generator=generator)
    x[:, CATEGORY] = torch.randint(0, 7, (ROWS,), generator=generator).float()
    mark = torch.zeros(SLOTS)
    mark[CATEGORY] = 1
    shown = torch.randn(ROWS, *PICTURE, generator=generator)
    return Seen({"table": x, "image": shown}, {"table": mark, "image": torch.zeros(PICTURE[-1])})


def seen(augmentation: Augmentation, strength: float, *, seed: int = 1, step: int = 0) -> Seen:
    """Change the batch as one trial would see it."""
    draw = partial(uniform, keys([seed], [step])[0, 0])
    return augmentation.change(batch(), torch.tensor(strength), draw)


def moved(augmentation: Augmentation, strength: float) -> float:
    """Return how far numbers went on average, or shades of pictures if those went farther."""
    found, before = seen(augmentation, strength).inputs, batch().inputs
    return max(float((found[name] - before[name]).abs().mean()) for name in before)


def flat(found: Seen) -> Tensor:
    """Return all that is seen of a row side by side  # (rows, numbers)."""
    return torch.cat([x.flatten(1) for x in found.inputs.values()], dim=1)


class AugmentationContract:
    """Subclass in a test module that has a fixture ``augmentation``."""

    def test_no_strength_changes_nothing(self, augmentation: Augmentation) -> None:
        """To the bit: a mate's augmentation must not move a trial."""
        found = seen(augmentation, 0.0)
        assert all(torch.equal(found.inputs[name], x) for name, x in batch().inputs.items())
        assert found.other is None or not found.other.any()

    def test_more_strength_changes_more(self, augmentation: Augmentation) -> None:
        """And the strongest is still finite."""
        assert 0 < moved(augmentation, 0.1) < moved(augmentation, 0.5) < moved(augmentation, 1.0)
        assert moved(augmentation, 1.0) < 3

    def test_a_category_stays_a_category_of_the_batch(self, augmentation: Augmentation) -> None:
        """No index is made up."""
        found = seen(augmentation, 1.0).inputs["table"][:, CATEGORY]
        assert set(found.tolist()) <= set(batch().inputs["table"][:, CATEGORY].tolist())

    def test_shares_of_another_target_are_at_most_half(self, augmentation: Augmentation) -> None:
        """A row is first of all itself."""
        other = seen(augmentation, 1.0).other
        assert other is None or bool(((other >= 0) & (other <= 0.5)).all())

    def test_strengths_are_dials(self, augmentation: Augmentation) -> None:
        """Under vmap every trial sees what it would see alone."""
        strengths, seeds, rows = torch.tensor([0.0, 0.3, 0.9]), [4, 5, 6], batch()

        def one(strength: Tensor, key: Tensor) -> Tensor:
            return flat(augmentation.change(rows, strength, partial(uniform, key)))

        together = vmap(one)(strengths, keys(seeds, [2])[0])
        for row, (strength, seed) in enumerate(zip(strengths.tolist(), seeds, strict=True)):
            alone = flat(seen(augmentation, strength, seed=seed, step=2))
            torch.testing.assert_close(together[row], alone, rtol=1e-6, atol=1e-6)

    def test_every_step_sees_something_else(self, augmentation: Augmentation) -> None:
        """A pure function of seed and step."""
        first, again, next_ = (flat(seen(augmentation, 0.5, step=s)) for s in (0, 0, 1))
        assert torch.equal(first, again)
        assert not torch.equal(first, next_)
