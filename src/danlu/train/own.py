"""Own: a trial of a cohort of several sizes by itself, cut out of the stack and put back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from danlu.compile.fitting import Part
from danlu.compile.union import Union
from danlu.train.batches import Rows
from danlu.train.step import Advance, Given, Step, Stepper, Tensors


@dataclass(frozen=True)
class Own:
    """How one trial runs without its mates, at its own size: no padding, no masks."""

    union: Union
    part: Part
    step: Step
    dials: Tensors

    def advance(
        self, stepper: Stepper, params: Tensors, buffers: Tensors, held: Tensors, key: Tensor,
        batch: Rows,
    ) -> Advance:  # fmt: skip
        """Compute one step of its rows of the stack; nothing is changed."""
        mine = [self.union.crop(self.part, group) for group in (params, buffers, held)]
        given = Given(mine[2], self.dials)
        found = stepper.run(mine[0], mine[1], given, key, batch, stays=False)
        grads = self.union.fill(self.part, dict(zip(mine[0], found.grads, strict=True)))
        after = self.union.fill(self.part, dict(zip(mine[1], found.buffers, strict=True)))
        return found._replace(
            grads=[grads[name] for name in params], buffers=[after[name] for name in buffers]
        )

    def judge(
        self, params: Tensors, buffers: Tensors, held: Tensors, batch: tuple[Tensors, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Answer rows: `Step.judge`."""
        mine = [self.union.crop(self.part, group) for group in (params, buffers, held)]
        return self.step.judge(mine[0], mine[1], Given(mine[2], self.dials), batch, fused=False)


def typical(owns: Sequence[Own | None]) -> int:
    """Return the row whose size is nearest to what all have on average."""
    sizes = [0 if own is None else own.part.parameters for own in owns]
    mean = sum(sizes) / len(sizes)
    return min(range(len(sizes)), key=lambda row: abs(sizes[row] - mean))
