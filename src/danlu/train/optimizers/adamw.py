"""AdamW: Adam with decoupled weight decay."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar

import torch
from torch import Tensor

from danlu.train.optimizers.base import Optimizer, Rates, Row


class AdamW(Optimizer):
    """Adam with decoupled weight decay (Loshchilov & Hutter, arXiv:1711.05101)."""

    slots: ClassVar[tuple[str, ...]] = ("first", "second")
    beta2: float = 0.999
    eps: float = 1e-6
    """Far above rounding: a weight without effect (a bias before a batch norm) has a gradient of
    rounding errors only, which a smaller one would blow up to whole steps."""

    def update(self, row: Row, grads: Sequence[Tensor], rates: Rates) -> None:
        """Apply one step through torch's fused kernel: one pass over parameters and moments."""
        # The kernel reads the step count from one tensor per parameter; one can serve all.
        count = [_count(rates.step_no + 1, row.params[0].device)] * len(row.params)
        torch._fused_adamw_(
            list(row.params), list(grads), list(row.slots[0]), list(row.slots[1]), [], count,
            lr=rates.learning_rate, beta1=rates.momentum, beta2=self.beta2,
            weight_decay=rates.weight_decay, eps=self.eps, amsgrad=False, maximize=False,
        )  # fmt: skip


@lru_cache(maxsize=2)
def _count(steps: int, at: torch.device) -> Tensor:
    """Return a number as a tensor; all trials of a step ask for the same one."""
    return torch.full((), float(steps), device=at)
