"""Step: one step of ONE trial, pure; vmap adds the trial axis, tracing takes the overhead away."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, vmap

from danlu.network.members import over_members
from danlu.network.ops.base import Live
from danlu.tasks.base import Task
from danlu.train.batches import Rows
from danlu.train.noise import uniform
from danlu.train.record import Flat, record

Tensors = dict[str, Tensor]


class Step:
    """The program of one trial: a module and what its output is judged by.

    ``dials`` holds 0-dim tensors: "seed" (int64), "label_smoothing", and "<node>.<param>".
    """

    def __init__(self, net: nn.Module, task: Task) -> None:
        self.net, self.task = net, task

    def output(self, params: Tensors, buffers: Tensors, inputs: Tensors, live: Live) -> Tensor:
        """Run the network: (rows, head); ``buffers`` are written to while training."""
        outputs = functional_call(self.net, params | buffers, (inputs, live))
        return next(iter(outputs.values()))

    def loss(
        self, params: Tensors, buffers: Tensors, dials: Tensors, rows: tuple[Tensors, Tensor],
        step_no: Tensor,
    ) -> tuple[Tensor, Tensors]:  # fmt: skip
        """Return the mean loss of one batch and the next buffers."""
        buffers = {name: b.clone() for name, b in buffers.items()}  # norms write in place
        live = Live(training=True, draw=partial(uniform, dials["seed"], step_no), dials=dials)
        out = self.output(params, buffers, rows[0], live)  # (rows, head)
        loss = over_members(lambda o, y: self.task.loss(o, y, dials), out, rows[1])
        return loss.mean(), buffers

    def gradients(
        self, params: Tensors, buffers: Tensors, dials: Tensors, rows: tuple[Tensors, Tensor],
        step_no: Tensor,
    ) -> tuple[Tensors, Tensors, Tensor]:  # fmt: skip
        """Return gradients, next buffers and the loss of one batch; nothing is changed."""
        run = grad_and_value(self.loss, has_aux=True)
        grads, (loss, buffers) = run(params, buffers, dials, rows, step_no)
        return grads, buffers, loss

    def judge(
        self, params: Tensors, buffers: Tensors, dials: Tensors, rows: tuple[Tensors, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Return answers (rows, ...) and loss per row (rows,) outside training."""
        out = self.output(params, buffers, rows[0], Live(dials=dials))
        plain = {**dials, "label_smoothing": torch.zeros_like(dials["label_smoothing"])}
        loss = over_members(lambda o, y: self.task.loss(o, y, plain), out, rows[1])
        return over_members(self.task.answer, out), loss


class Advance(NamedTuple):
    """What one step of every trial gives; the trial axis comes first."""

    grads: list[Tensor]
    buffers: list[Tensor]
    """The next ones."""
    losses: Tensor
    """(trials,)"""
    norms: Tensor
    """Of each trial's whole gradient (trials,)."""


class Stepper:
    """`Step.gradients` of a whole stack as one flat list of tensor operations.

    ``vmap(grad(...))`` costs Python time at every operation of every step; it is recorded once
    and replayed. The recording fixes shapes, so one is kept per (trials, batch rows).
    """

    def __init__(self, step: Step, *, traced: bool) -> None:
        self._step, self.traced = step, traced
        self._programs: dict[tuple[int, int], Flat] = {}

    def run(
        self, params: Tensors, buffers: Tensors, dials: Tensors, batch: Rows, step_no: int
    ) -> Advance:
        """Compute one step of every trial; nothing is changed."""
        names = (list(params), list(buffers), list(dials), list(batch.inputs))
        flat = [*params.values(), *buffers.values(), *dials.values(), *batch.inputs.values()]
        flat += [batch.target, torch.tensor(step_no)]
        key = (len(dials["seed"]), len(batch))
        if key not in self._programs:
            function = partial(self._flat, names)
            self._programs[key] = record(function, flat) if self.traced else function
        found = self._programs[key](*flat)
        middle = len(params)
        return Advance(found[:middle], found[middle:-2], found[-2], found[-1])

    def _flat(self, names: tuple[list[str], ...], *flat: Tensor) -> list[Tensor]:
        params, buffers, dials, inputs = _named(names, flat)
        cohort = vmap(self._step.gradients, in_dims=(0, 0, 0, None, None))
        grads, after, losses = cohort(params, buffers, dials, (inputs, flat[-2]), flat[-1])
        ordered = [grads[n].contiguous() for n in params]
        norms = torch.stack([torch.linalg.vector_norm(g.flatten(1), dim=1) for g in ordered])
        norm = torch.linalg.vector_norm(norms, dim=0)
        return [*ordered, *(after[n].contiguous() for n in buffers), losses, norm]


def warm() -> None:
    """Pay what the first recording of a process costs ahead of time."""
    record(lambda x: [vmap(torch.func.grad(lambda y: (y * y).sum()))(x)], [torch.ones(2, 2)])


def _named(names: tuple[list[str], ...], flat: Sequence[Tensor]) -> list[Tensors]:
    found, start = [], 0
    for group in names:
        found.append(dict(zip(group, flat[start : start + len(group)], strict=True)))
        start += len(group)
    return found
