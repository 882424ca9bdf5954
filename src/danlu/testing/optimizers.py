"""Optimizers: what every optimizer must do."""

from __future__ import annotations

import torch
from torch import Tensor

from danlu.train.optimizers.base import Optimizer, Rates, Row

SHAPES = ((5, 3), (5,), (2, 5))


def draw(seed: int) -> list[Tensor]:
    """Return one tensor per shape, with some exact zeros."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(s, generator=generator).relu() - 0.2 for s in SHAPES]


def fresh(optimizer: Optimizer, seed: int) -> Row:
    """Return parameters with empty slots."""
    slots = [[torch.zeros(s) for s in SHAPES] for _ in optimizer.slots]
    return Row(draw(seed), slots)


def walk(optimizer: Optimizer, row: Row, *, rate: float, decay: float = 0.0, steps: int = 5) -> Row:
    """Move ``row`` with made-up gradients."""
    for step_no in range(steps):
        optimizer.update(row, draw(50 + step_no), Rates(rate, decay, 0.9, step_no))
    return row


class OptimizerContract:
    """Subclass in a test module that has a fixture ``optimizer``."""

    def test_it_is_a_pure_function(self, optimizer: Optimizer) -> None:
        """The same row, gradients and rates give the same bits."""
        rows = [walk(optimizer, fresh(optimizer, 1), rate=0.01) for _ in range(2)]
        assert all(torch.equal(a, b) for a, b in zip(rows[0].params, rows[1].params, strict=True))

    def test_a_row_of_a_stack_moves_as_it_would_alone(self, optimizer: Optimizer) -> None:
        """Views into stacked state give the same bits as tensors of their own."""
        stacks = [torch.stack([p, p + 1, p - 1]) for p in draw(1)]
        slots = [[torch.zeros((3, *s)) for s in SHAPES] for _ in optimizer.slots]
        view = Row([s[0] for s in stacks], [[t[0] for t in slot] for slot in slots])
        walk(optimizer, view, rate=0.01, decay=0.1)
        alone = walk(optimizer, fresh(optimizer, 1), rate=0.01, decay=0.1)
        assert all(torch.equal(s[0], p) for s, p in zip(stacks, alone.params, strict=True))
        assert all(torch.equal(s[1], p + 1) for s, p in zip(stacks, draw(1), strict=True))

    def test_rates_are_dials(self, optimizer: Optimizer) -> None:
        """Learning rate and weight decay change the result."""
        ends = [
            walk(optimizer, fresh(optimizer, 1), rate=rate, decay=decay).params[0]
            for rate, decay in ((0.01, 0.0), (0.02, 0.0), (0.01, 0.5))
        ]
        assert not torch.equal(ends[0], ends[1])
        assert not torch.equal(ends[0], ends[2])

    def test_no_learning_rate_is_no_change(self, optimizer: Optimizer) -> None:
        """Whatever the gradient and the decay."""
        row = walk(optimizer, fresh(optimizer, 1), rate=0.0, decay=0.5)
        assert all(torch.equal(a, b) for a, b in zip(row.params, draw(1), strict=True))

    def test_it_finds_the_bottom_of_a_bowl(self, optimizer: Optimizer) -> None:
        """The sum of squares falls to a hundredth."""
        row = fresh(optimizer, 1)
        before = sum(float((p**2).sum()) for p in row.params)
        for step_no in range(300):
            rate = 0.05 * (1 - step_no / 300)
            optimizer.update(row, [2 * p for p in row.params], Rates(rate, 0.0, 0.9, step_no))
        assert sum(float((p**2).sum()) for p in row.params) < before / 100
