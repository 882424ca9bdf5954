"""Step: one step of ONE trial, pure; vmap adds the trial axis, a recording sheds overhead."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from danlu.compile.union import real_of
from danlu.network.members import over_members
from danlu.network.ops.base import Live
from danlu.tasks.base import Task
from danlu.train.augment import augmented
from danlu.train.augmentations.base import before
from danlu.train.batches import Rows
from danlu.train.compiled import compiled
from danlu.train.device import HOST, Device
from danlu.train.noise import uniform
from danlu.train.prepared import chosen
from danlu.train.record import Flat, record

Tensors = dict[str, Tensor]
SMOOTHING = "label_smoothing"
CLASS_WEIGHTS = "class_weights"


class Given(NamedTuple):
    """What a trial has for good."""

    held: Tensors
    """Weights that do not train."""
    dials: Tensors
    """0-dim: "label_smoothing" (absent = 0), "<node>.<param>"; and the marks of a `Union`, and
    what `dials.py` gives: "class_weights" (classes,), the trial's preprocessing, augmentation."""


class Step:
    """The program of one trial: a module and what its output is judged by."""

    def __init__(self, net: nn.Module, task: Task, device: Device = HOST) -> None:
        self.net, self.task, self.device = net, task, device

    def output(self, weights: Tensors, given: Given, inputs: Tensors, live: Live) -> Tensor:
        """Run the network: (rows, head); buffers among ``weights`` are written to in training."""
        outputs = functional_call(self.net, {**weights, **given.held}, (inputs, live))
        return next(iter(outputs.values()))

    def loss(
        self, params: Tensors, buffers: Tensors, given: Given, key: Tensor,
        rows: tuple[Tensors, Tensor], *, fused: bool,
    ) -> tuple[Tensor, Tensors]:  # fmt: skip
        """Return the mean loss of one batch, penalties included, and the next buffers.

        ``key`` is what noise is drawn with, see `noise.keys`.
        """
        buffers = {name: b.clone() for name, b in buffers.items()}  # norms write in place
        extra: list[Tensor] = []
        live = Live(
            training=True, draw=partial(uniform, key), dials=given.dials, fused=fused,
            real=real_of(given.dials), penalise=lambda _, value: extra.append(value),
        )  # fmt: skip
        seen = augmented(chosen(rows[0], given.dials), given.dials, live.draw)
        with self.device.forwards():
            out = self.output({**params, **buffers}, given, seen.inputs, live)  # (rows, head)
        out = out.float()
        each = self._each(out, rows[1], given.dials)  # (rows,)
        if seen.other is not None:
            each = torch.lerp(each, self._each(out, before(rows[1]), given.dials), seen.other)
        return sum((e.float() for e in extra), each.mean()), buffers

    def _each(self, out: Tensor, target: Tensor, dials: Tensors) -> Tensor:
        """Return the loss of every row for a target  # (rows,)."""
        each = over_members(lambda o, y: self.task.loss(o, y, dials), out, target)
        return each * dials[CLASS_WEIGHTS][target] if CLASS_WEIGHTS in dials else each

    def judge(
        self, params: Tensors, buffers: Tensors, given: Given, rows: tuple[Tensors, Tensor],
        *, fused: bool,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        """Return answers (rows, ...) and loss per row (rows,) outside training."""
        live = Live(dials=given.dials, real=real_of(given.dials), fused=fused)
        out = self.output({**params, **buffers}, given, chosen(rows[0], given.dials), live)
        plain = {name: dial for name, dial in given.dials.items() if name != SMOOTHING}
        loss = over_members(lambda o, y: self.task.loss(o, y, plain), out, rows[1])
        return over_members(self.task.answer, out), loss


class Advance(NamedTuple):
    """What one step of some trials gives; the trial axis comes first."""

    grads: list[Tensor]
    buffers: list[Tensor]
    """The next ones."""
    losses: Tensor
    """(trials,)"""
    norms: Tensor
    """Of each trial's whole gradient (trials,)."""


class Stepper:
    """The gradients of a whole stack as one flat list of tensor operations.

    ``vmap`` and autograd cost Python time at every operation of every step; they are recorded
    once and replayed. The recording fixes shapes, so one is kept per (trials, batch rows). Of a
    single trial the tensors come without the trial axis, and no ``vmap`` is in the way.
    """

    def __init__(self, step: Step, *, traced: bool) -> None:
        self._step, self.traced = step, traced
        self.compiles = False
        """Whether steps run as machine code; see `train/compiled.py`."""
        self._programs: dict[tuple[int, int, bool, bool], Flat] = {}
        self._judges: dict[int, tuple[int, Flat]] = {}

    def run(
        self, params: Tensors, buffers: Tensors, given: Given, keys: Tensor, batch: Rows,
        *, stays: bool,
    ) -> Advance:  # fmt: skip
        """Compute one step of some trials; nothing is changed.

        ``stays`` promises that it will always be these, in these tensors.
        """
        groups = (params, buffers, *given, batch.inputs)
        flat = [t for group in groups for t in group.values()] + [keys, batch.target]
        shape = (keys.numel() if keys.ndim else 0, len(batch), stays, self.compiles)
        if shape not in self._programs:
            function = partial(self._flat, [list(g) for g in groups], bool(keys.ndim))
            moving = len(params) + len(buffers)
            known = moving + sum(len(g) for g in given)
            program = (
                record(
                    function, flat, fixed=range(moving, known) if stays else (),
                    stays=range(moving) if stays else (),
                ) if self.traced else function
            )  # fmt: skip
            with torch.inference_mode(self.traced):
                self._programs[shape] = compiled(program, flat) if self.compiles else program
        with torch.inference_mode(self.traced):
            found = self._programs[shape](*flat)
        middle = len(params)
        return Advance(found[:middle], found[middle:-2], found[-2], found[-1])

    def judge(
        self, params: Tensors, buffers: Tensors, given: Given, rows: Rows
    ) -> tuple[Tensor, Tensor]:
        """Answer rows by a whole stack, always the same one: `Step.judge` of every trial.

        It is recorded when it is asked for the second time: some are judged but once.
        """
        groups = (params, buffers, *given, rows.inputs)
        flat = [t for group in groups for t in group.values()] + [rows.target]
        function = partial(self._judged, [list(g) for g in groups])
        asked, program = self._judges.get(len(rows), (0, function))
        if asked == 1 and self.traced:
            moving = len(params) + len(buffers)
            fixed = range(moving, moving + sum(len(g) for g in given))
            program = record(function, flat, fixed=fixed, stays=range(moving))
        self._judges[len(rows)] = (asked + 1, program)
        with torch.inference_mode(self.traced):
            answers, losses = program(*flat)
        return answers, losses

    def _judged(self, names: list[list[str]], *flat: Tensor) -> list[Tensor]:
        params, buffers, held, dials, inputs = _named(names, flat)
        run = vmap(partial(self._step.judge, fused=True), in_dims=(0, 0, 0, None))
        return list(run(params, buffers, Given(held, dials), (inputs, flat[-1])))

    def _flat(self, names: list[list[str]], fused: bool, *flat: Tensor) -> list[Tensor]:  # noqa: FBT001
        params, buffers, held, dials, inputs = _named(names, flat)
        function = partial(self._step.loss, fused=fused)
        run = vmap(function, in_dims=(0, 0, 0, 0, None)) if fused else function
        with torch.enable_grad():
            # Trials do not touch: the gradient of the sum is the gradient of each.
            params = {n: p.detach().requires_grad_() for n, p in params.items()}
            losses, after = run(params, buffers, Given(held, dials), flat[-2], (inputs, flat[-1]))
            leaves = list(params.values())
            grads = (
                torch.autograd.grad(losses.sum(), leaves, materialize_grads=True) if leaves else ()
            )
        ordered = [g.contiguous() for g in grads]
        following = [after[n].detach().contiguous() for n in buffers]
        losses = losses.detach()
        norm = _norm(ordered, fused=fused) if ordered else torch.zeros_like(losses)
        return [*ordered, *following, losses, norm]


def warm() -> None:
    """Pay what the first recording of a process costs ahead of time."""
    torch.set_num_threads(1)  # a fork must find no threads
    HOST.prepare()
    record(lambda x: [vmap(torch.square)(x)], [torch.ones(2, 2, device="cpu")])


def _norm(grads: Sequence[Tensor], *, fused: bool) -> Tensor:
    """Return the norm of each trial's whole gradient  # (trials,) or ()."""
    if not fused:
        return torch.linalg.vector_norm(torch.stack(torch._foreach_norm(list(grads))))
    parts = [torch.linalg.vector_norm(g.flatten(1), dim=1) for g in grads]
    return torch.linalg.vector_norm(torch.stack(parts), dim=0)


def _named(names: Sequence[Sequence[str]], flat: Sequence[Tensor]) -> list[Tensors]:
    found, start = [], 0
    for group in names:
        found.append(dict(zip(group, flat[start : start + len(group)], strict=True)))
        start += len(group)
    return found
