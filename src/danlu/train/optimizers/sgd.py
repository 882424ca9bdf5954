"""SGD: stochastic gradient descent with momentum and decoupled weight decay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from danlu.train.optimizers.base import Optimizer, Rates, Row


class Sgd(Optimizer):
    """Gradient descent; ``recipe.momentum`` 0 makes it plain."""

    slots: ClassVar[tuple[str, ...]] = ("velocity",)

    def update(self, row: Row, grads: Sequence[Tensor], rates: Rates) -> None:
        """Shrink, then move along the velocity."""
        params = list(row.params)
        if rates.weight_decay:
            torch._foreach_mul_(params, 1 - rates.learning_rate * rates.weight_decay)
        # A velocity of zero makes the first step like every other: v = momentum * 0 + gradient.
        velocity = (
            list(row.slots[0]) if rates.momentum else []
        )  # the kernel wants none it will not use
        torch._fused_sgd_(
            params, list(grads), velocity, weight_decay=0.0, momentum=rates.momentum,
            lr=rates.learning_rate, dampening=0.0, nesterov=False, maximize=False,
            is_first_step=False,
        )  # fmt: skip
