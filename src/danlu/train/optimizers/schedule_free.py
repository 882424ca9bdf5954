"""Schedule-free: AdamW that answers with an average of its way, in place of a falling rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from danlu.train.optimizers.base import AVERAGE, Optimizer, Rates, Row


class ScheduleFree(Optimizer):
    """AdamW without a schedule (Defazio et al. 2024, arXiv:2405.15682).

    Gradients are taken between the point that moves and the average of its way; the average is
    what is judged and served. Made for the schedule "constant". ``recipe.momentum`` says how
    near to the average the gradient is taken.

    The average weights step t by t, the polynomial weighting of the paper: steps of the warm-up
    count little, and nothing has to be summed up. Running figures of a batch norm belong to the
    weights at which gradients are taken, near the average; a layer norm has none.
    """

    slots: ClassVar[tuple[str, ...]] = ("point", "second", AVERAGE)
    beta2: float = 0.999
    eps: float = 1e-6
    """As large as that of AdamW, for the same reason."""

    def update(self, row: Row, grads: Sequence[Tensor], rates: Rates) -> None:
        """Move the point, let it into the average, and stand between the two."""
        params, given = list(row.params), list(grads)
        point, second, average = (list(slot) for slot in row.slots)
        if rates.step_no == 0:
            torch._foreach_copy_(point, params)
            torch._foreach_copy_(average, params)
        torch._foreach_mul_(second, self.beta2)
        torch._foreach_addcmul_(second, given, given, value=1 - self.beta2)
        right: float = (1 - self.beta2 ** (rates.step_no + 1)) ** 0.5
        size = torch._foreach_sqrt(second)
        torch._foreach_add_(size, self.eps * right)
        torch._foreach_addcdiv_(point, given, size, value=-rates.learning_rate * right)
        if rates.weight_decay:
            torch._foreach_add_(point, params, alpha=-rates.learning_rate * rates.weight_decay)
        torch._foreach_lerp_(average, point, 2 / (rates.step_no + 2))
        torch._foreach_copy_(params, point)
        torch._foreach_lerp_(params, average, rates.momentum)
