"""Cohort: trials of one program shape, trained as one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.func import vmap

from danlu.catalog import Catalog
from danlu.network.ops.base import Live
from danlu.train.batches import Rows
from danlu.train.noise import uniform
from danlu.train.optimizers.base import Optimizer, Rates, Row
from danlu.train.recipe import Recipe
from danlu.train.schedules.base import Schedule
from danlu.train.step import Advance, Step, Stepper, Tensors

JUDGED_AT_ONCE = 1024  # rows; more no longer fits the processor's cache


@dataclass(frozen=True)
class Member:
    """One trial of a cohort: its own recipe, seed and dials."""

    number: int
    seed: int
    recipe: Recipe
    dials: Mapping[str, float]
    """Of the network: "<node>.<field>"."""

    def schedule(self) -> Schedule:
        """Return the shape of its learning rate."""
        family: Catalog[Schedule] = Catalog("danlu.train.schedules", Schedule)  # type: ignore[type-abstract]
        return family.get(self.recipe.schedule)(warmup=self.recipe.warmup)


@dataclass(frozen=True)
class State:
    """Everything that changes while a cohort trains; the trial axis comes first."""

    params: Tensors
    buffers: Tensors
    slots: Tensors
    """Optimizer state: "<slot>/<parameter>"."""

    def take(self, index: Tensor) -> State:
        """Copy the rows numbered by ``index``."""
        return State(*({n: t[index] for n, t in g.items()} for g in self.groups()))

    def without_slots(self) -> State:
        """Copy parameters and buffers only: what it takes to answer."""
        params, buffers = ({n: t.clone() for n, t in g.items()} for g in self.groups()[:2])
        return State(params, buffers, {})

    def groups(self) -> tuple[Tensors, Tensors, Tensors]:
        """Return parameters, buffers, slots."""
        return self.params, self.buffers, self.slots


class Cohort:
    """K trials on one stack of state; a row behaves as its trial would alone."""

    def __init__(
        self, step: Step, members: Sequence[Member], state: State, *, together: int, traced: bool
    ) -> None:
        self.members, self.state, self.together = tuple(members), state, together
        self._step, self._stepper = step, Stepper(step, traced=traced)
        self._optimizer = optimizer_of(self.members[0].recipe)
        self._schedules = [m.schedule() for m in self.members]
        self._dials = _stack_dials(self.members)

    def advance(
        self, batch: Rows, step_no: int, *, steps: int, live: Sequence[bool]
    ) -> list[float]:
        """Move every live trial one step; return losses, not finite = that trial stands still.

        ``steps`` are those of one epoch: each trial's schedule spans its own epochs.
        """
        losses: list[float] = []
        for start in range(0, len(self.members), self.together):
            part = slice(start, start + self.together)
            losses += self._advance(part, batch, step_no, steps, live)
        return losses

    def judge(self, rows: Rows) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
        """Return answers (trials, rows, ...) and mean losses (trials,) outside training."""
        run = vmap(self._step.judge, in_dims=(0, 0, 0, None))
        answers, total = [], np.zeros(len(self.members))
        with torch.no_grad():
            for start in range(0, len(rows), JUDGED_AT_ONCE):
                part = rows.part(start, start + JUDGED_AT_ONCE)
                given = (part.inputs, part.target)
                answer, loss = run(self.state.params, self.state.buffers, self._dials, given)
                answers.append(answer)
                total += loss.double().sum(1).numpy()
        return torch.cat(answers, dim=1).numpy(), total / len(rows)

    def learning_rate(self, row: int, step_no: int, steps: int) -> float:
        """Return the learning rate of one trial at one step."""
        recipe = self.members[row].recipe
        factor = self._schedules[row].factor(step_no, recipe.epochs * steps)
        return recipe.learning_rate * factor

    def keep(self, rows: Sequence[int]) -> Cohort:
        """Return the cohort of some of its rows, compacted."""
        kept = [self.members[r] for r in rows]
        state = self.state.take(torch.tensor(rows))
        traced = self._stepper.traced
        return Cohort(self._step, kept, state, together=self.together, traced=traced)

    def with_state(self, state: State) -> Cohort:
        """Return the same trials at another point of their way."""
        traced = self._stepper.traced
        return Cohort(self._step, self.members, state, together=self.together, traced=traced)

    def measure(self, batch: Rows, together: int) -> None:
        """Compute one step of ``together`` trials and throw it away; for the planner's clock."""
        self._gradients(slice(0, together), batch, 0)

    def culprit(self, row: int, batch: Rows, step_no: int) -> str:
        """Return the first node whose output is not finite for this trial, or "loss"."""
        found: list[str] = []

        def look(name: str, output: Tensor) -> None:
            if not torch.isfinite(output).all():
                found.append(name)

        net = self._step.net
        hooks = [
            child.register_forward_hook(lambda _m, _i, out, name=name: look(name, out))
            for name, child in net.named_children()
        ]
        state = State(*({n: t[row].clone() for n, t in g.items()} for g in self.state.groups()))
        dials = {name: d[row] for name, d in self._dials.items()}
        no = torch.tensor(step_no)
        live = Live(training=True, draw=partial(uniform, dials["seed"], no), dials=dials)
        with torch.no_grad():
            self._step.output(state.params, state.buffers, batch.inputs, live)
        for hook in hooks:
            hook.remove()
        return found[0].rstrip("~") if found else "loss"

    @cached_property
    def _rows(self) -> list[list[_Group]]:
        return _views(self.state, self._optimizer)

    def _advance(
        self, part: slice, batch: Rows, step_no: int, steps: int, live: Sequence[bool]
    ) -> list[float]:
        found = self._gradients(part, batch, step_no)
        for old, new in zip(self.state.buffers.values(), found.buffers, strict=True):
            old[part] = new
        losses: list[float] = found.losses.tolist()
        limits = [m.recipe.gradient_clip for m in self.members[part]]
        grads = _clip(found.grads, found.norms.tolist(), limits)
        by_row = list(zip(*(g.unbind(0) for g in grads), strict=True))
        for i, value in enumerate(losses):
            row = part.start + i
            if live[row] and math.isfinite(value):
                self._update(row, by_row[i], step_no, self.learning_rate(row, step_no, steps))
        return losses

    def _gradients(self, part: slice, batch: Rows, step_no: int) -> Advance:
        given = [self.state.params, self.state.buffers, self._dials]
        if part.stop - part.start < len(self.members):
            given = [{name: t[part] for name, t in group.items()} for group in given]
        return self._stepper.run(given[0], given[1], given[2], batch, step_no)

    def _update(self, row: int, grads: Sequence[Tensor], step_no: int, rate: float) -> None:
        recipe = self.members[row].recipe
        rates = Rates(rate, recipe.weight_decay, recipe.momentum, step_no)
        plain = replace(rates, weight_decay=0.0)
        for group in self._rows[row]:
            mine = [grads[p] for p in group.places]
            self._optimizer.update(group.views, mine, rates if group.decays else plain)


def optimizer_of(recipe: Recipe) -> Optimizer:
    """Return the optimizer a recipe names."""
    family: Catalog[Optimizer] = Catalog("danlu.train.optimizers", Optimizer)  # type: ignore[type-abstract]
    return family.get(recipe.optimizer)()


def first_state(weights: Sequence[Tensors], buffers: Tensors, optimizer: Optimizer) -> State:
    """Stack the first weights of K trials beside fresh buffers and optimizer state."""
    params = {name: torch.stack([w[name] for w in weights]) for name in weights[0]}
    count = len(weights)
    copies = {n: b.expand(count, *b.shape).clone() for n, b in buffers.items()}
    slots = {
        f"{slot}/{name}": torch.zeros_like(p)
        for slot in optimizer.slots
        for name, p in params.items()
    }
    return State(params, copies, slots)


@dataclass(frozen=True)
class _Group:
    """Parameters of one trial that share their rates."""

    decays: bool
    places: list[int]
    views: Row


def _views(state: State, optimizer: Optimizer) -> list[list[_Group]]:
    """Return per trial its matrices, which decay, and its biases and scales, which do not."""
    names = list(state.params)
    count = len(state.params[names[0]])

    def group(k: int, decays: bool) -> _Group:  # noqa: FBT001
        # A matrix has two axes and the trial's.
        places = [i for i, n in enumerate(names) if (state.params[n].ndim > 2) == decays]
        slots = [[state.slots[f"{s}/{names[p]}"][k] for p in places] for s in optimizer.slots]
        views = Row([state.params[names[p]][k] for p in places], slots)
        return _Group(decays, places, views)

    every = [[group(k, decays) for decays in (True, False)] for k in range(count)]
    return [[g for g in groups if g.places] for groups in every]


def _stack_dials(members: Sequence[Member]) -> Tensors:
    dials = {name: torch.tensor([m.dials[name] for m in members]) for name in members[0].dials}
    smoothing = [m.recipe.label_smoothing for m in members]
    return {
        **dials,
        "seed": torch.tensor([m.seed for m in members], dtype=torch.int64),
        "label_smoothing": torch.tensor(smoothing),
    }


def _clip(grads: list[Tensor], norms: Sequence[float], limits: Sequence[float]) -> list[Tensor]:
    """Scale each trial's gradient (trials, ...) down to its limit; 0 = no limit."""
    pairs = zip(norms, limits, strict=True)
    factors = [limit / norm if limit and norm > limit else 1.0 for norm, limit in pairs]
    if all(factor == 1.0 for factor in factors):
        return grads
    factor = torch.tensor(factors)
    # Not in place: autograd may hand out one tensor as the gradient of two parameters.
    return [g * factor.view(-1, *[1] * (g.ndim - 1)) for g in grads]
