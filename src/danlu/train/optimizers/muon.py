"""Muon: momentum whose matrices are made orthogonal; vectors by AdamW."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from danlu.train.optimizers.adamw import AdamW
from danlu.train.optimizers.base import Optimizer, Rates, Row

STEPS = 5
TAPS = (3.4445, -4.775, 2.0315)
"""Of the quintic that Jordan et al. 2024 tuned: singular values in (0, 1] end near 1."""
ALIKE = 0.2
"""Root mean square of an update of AdamW, so that both can share one learning rate."""


class Muon(Optimizer):
    """Orthogonal momentum, scaled to steps of AdamW's size (Liu et al. 2025, arXiv:2502.16982).

    A kernel of a convolution counts as the matrix (out, everything else).
    """

    slots: ClassVar[tuple[str, ...]] = ("first", "second")
    eps: float = 1e-7

    def update(self, row: Row, grads: Sequence[Tensor], rates: Rates) -> None:
        """Move matrices along their orthogonal momentum, and leave the rest to AdamW."""
        matrices = [i for i, p in enumerate(row.params) if p.ndim > 1]
        vectors = [i for i, p in enumerate(row.params) if p.ndim <= 1]
        for i in matrices:
            self._move(row.params[i], row.slots[0][i], grads[i], rates)
        if vectors:
            slots = [[slot[i] for i in vectors] for slot in row.slots]
            part = Row([row.params[i] for i in vectors], slots)
            AdamW().update(part, [grads[i] for i in vectors], rates)

    def _move(self, param: Tensor, momentum: Tensor, grad: Tensor, rates: Rates) -> None:
        momentum.mul_(rates.momentum).add_(grad)
        ahead = torch.add(grad, momentum, alpha=rates.momentum)  # Nesterov's
        way = orthogonal(ahead.flatten(1), self.eps)
        if rates.weight_decay:
            param.mul_(1 - rates.learning_rate * rates.weight_decay)
        param.add_(way.view_as(param), alpha=-rates.learning_rate)


def orthogonal(matrix: Tensor, eps: float) -> Tensor:
    """Return about U V^T of a matrix U S V^T, times ``ALIKE * sqrt(its longer side)``.

    Rows and columns that are all zero stay so and do not count as sides: a trial that is filled
    up to the sizes of its cohort moves as it would alone.
    """
    a, b, c = TAPS
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.mT if tall else matrix
    x = x / (torch.linalg.vector_norm(x) + eps)
    for _ in range(STEPS):
        square = x @ x.mT
        x = torch.addmm(x, torch.addmm(square, square, square, beta=b, alpha=c), x, beta=a)
    sides = [torch.count_nonzero(x.any(dim)) for dim in (0, 1)]
    x = x * (ALIKE * torch.maximum(*sides).sqrt())
    return x.mT.contiguous() if tall else x
