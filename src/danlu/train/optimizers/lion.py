"""Lion: steps of one size in the direction of an interpolated momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from danlu.train.optimizers.base import Optimizer, Rates, Row


class Lion(Optimizer):
    """Sign of a momentum (Chen et al. 2023, arXiv:2302.06675); one slot, half of Adam's memory.

    Every weight moves by the whole learning rate: take a third to a tenth of that of AdamW, and
    as much more decay.
    """

    slots: ClassVar[tuple[str, ...]] = ("momentum",)
    beta2: float = 0.99
    eps: float = 1e-6
    """Below it the sign becomes a straight line: a weight without effect has a gradient of
    rounding errors only, and their signs would move it by whole steps."""

    def update(self, row: Row, grads: Sequence[Tensor], rates: Rates) -> None:
        """Shrink, move by the sign, then let the gradient into the momentum."""
        params, momentum, given = list(row.params), list(row.slots[0]), list(grads)
        way = torch._foreach_lerp(momentum, given, 1 - rates.momentum)
        torch._foreach_div_(way, self.eps)
        torch._foreach_clamp_max_(way, 1.0)
        torch._foreach_clamp_min_(way, -1.0)
        if rates.weight_decay:
            torch._foreach_mul_(params, 1 - rates.learning_rate * rates.weight_decay)
        torch._foreach_add_(params, way, alpha=-rates.learning_rate)
        torch._foreach_lerp_(momentum, given, 1 - self.beta2)
