"""Cohort: trials of one program shape, trained as one."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from danlu.catalog import Catalog
from danlu.train.batches import Rows
from danlu.train.blame import Kind, blame
from danlu.train.device import HOST, Device
from danlu.train.noise import keys
from danlu.train.optimizers.base import AVERAGE, Optimizer, Rates, Row
from danlu.train.own import Own, typical
from danlu.train.recipe import Recipe
from danlu.train.schedules.base import Schedule
from danlu.train.step import SMOOTHING, Advance, Given, Step, Stepper, Tensors

EMA = "ema"
"""The slot of averaged weights that `recipe.ema` asks for."""
KEYS = 256  # steps
JUDGED_AT_ONCE, JUDGED_AWAY = 1024, 8192
"""Rows; more no longer fits the processor's cache. Elsewhere what counts is to ask seldom."""


@dataclass(frozen=True)
class Member:
    """One trial of a cohort: its own recipe, seed and dials."""

    number: int
    seed: int
    recipe: Recipe
    dials: Mapping[str, float | Tensor]
    """Of the network: "<node>.<field>"; and its marks in a `Union`."""
    own: Own | None = None
    """How it runs by itself, where its mates are of other sizes."""

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
    held: Tensors
    """Weights that do not train."""

    def take(self, rows: slice | int) -> State:
        """Return a view of some rows, or of one without the trial axis."""
        return State(*({n: t[rows] for n, t in g.items()} for g in self.groups()))

    def keep(self, rows: Sequence[int]) -> State:
        """Copy some rows."""
        return State(
            *({n: t[numbered(rows, t.device)] for n, t in g.items()} for g in self.groups())
        )

    def without_slots(self) -> State:
        """Copy what it takes to answer."""
        params, buffers = ({n: t.clone() for n, t in g.items()} for g in self.served().groups()[:2])
        return State(params, buffers, {}, self.held)

    def served(self) -> State:
        """Return what answers: in place of weights their average, where one is kept."""
        params = self.params
        for slot in (AVERAGE, EMA):  # the second is an average of the first
            params = {n: self.slots.get(f"{slot}/{n}", p) for n, p in params.items()}
        return State(params, self.buffers, {}, self.held)

    def groups(self) -> tuple[Tensors, Tensors, Tensors, Tensors]:
        """Return parameters, buffers, slots, held weights."""
        return self.params, self.buffers, self.slots, self.held

    def weights(self) -> Tensors:
        """Return everything that belongs to the network."""
        return {**self.params, **self.buffers, **self.held}


class Cohort:
    """K trials on one stack of state; a row behaves as its trial would alone.

    ``together`` of them are one program; one by one they run without ``vmap``.
    """

    def __init__(
        self, step: Step, members: Sequence[Member], state: State, *, together: int, traced: bool
    ) -> None:
        self.members, self.state, self.together = tuple(members), state, together
        self._step, self._stepper = step, Stepper(step, traced=traced)
        self._steppers: dict[Step, Stepper] = {}
        """Of trials by themselves, by their size."""
        self._optimizer = optimizer_of(self.members[0].recipe)
        self._schedules = [m.schedule() for m in self.members]
        self.device = step.device
        self._dials = _stack_dials(self.members, self.device.at)
        self._cuts = [1.0] * len(self.members)
        self._seeds = [m.seed for m in self.members]
        self._known_keys: dict[int, Tensor] = {}

    def advance(
        self, batch: Rows, step_no: int, *, steps: int, live: Sequence[bool]
    ) -> list[float]:
        """Move every live trial one step; return losses, not finite = that trial stands still.

        ``steps`` are those of one epoch: each trial's schedule spans its own epochs.
        """
        losses: list[float] = []
        for start in range(0, len(self.members), self.together):
            found = self._gradients(start, self.together, batch, step_no)
            told, norms = (t.view(-1).cpu().tolist() for t in (found.losses, found.norms))
            # A gradient that is not finite would only show in the loss of the next step.
            pairs = zip(told, norms, strict=True)
            losses += [x if math.isfinite(norm) else math.nan for x, norm in pairs]
            rows = range(start, start + len(norms))
            moving = [live[row] and math.isfinite(losses[row]) for row in rows]
            self._apply(start, found, norms, moving, step_no, steps)
        return losses

    def look_back(self, scores: Sequence[Sequence[float | None]]) -> None:
        """Tell the schedules what every row has reached, epoch by epoch; for the next epoch."""
        self._cuts = [s.cut(given) for s, given in zip(self._schedules, scores, strict=True)]

    def judge(self, rows: Rows) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
        """Return answers (trials, rows, ...) and mean losses (trials,) outside training."""
        answers, total = [], np.zeros(len(self.members))
        with torch.no_grad():
            size = JUDGED_AT_ONCE if self.device.name == HOST.name else JUDGED_AWAY
            for start in range(0, len(rows), size):
                part = rows.part(start, start + size)
                answer, loss = self._judge(part)
                answers.append(answer)
                total += loss.cpu().double().sum(1).numpy()
        return torch.cat(answers, dim=1).cpu().numpy(), total / len(rows)

    def learning_rate(self, row: int, step_no: int, steps: int) -> float:
        """Return the learning rate of one trial at one step."""
        recipe = self.members[row].recipe
        factor = self._schedules[row].factor(step_no, recipe.epochs * steps)
        return recipe.learning_rate * factor * self._cuts[row]

    def compile(self) -> None:
        """Let steps run as machine code from now on."""
        self._stepper.compiles = True

    def keep(self, rows: Sequence[int]) -> Cohort:
        """Return the cohort of some of its rows, compacted; compiled only if told so again."""
        kept = [self.members[r] for r in rows]
        state = self.state.keep(rows)
        whole = self.together >= len(self.members)
        together = len(kept) if whole else self.together
        return Cohort(self._step, kept, state, together=together, traced=self._stepper.traced)

    def with_state(self, state: State) -> Cohort:
        """Return the same trials at another point of their way."""
        traced = self._stepper.traced
        return Cohort(self._step, self.members, state, together=self.together, traced=traced)

    @property
    def programs(self) -> int:
        """How many programs it takes to run one trial after the other."""
        return len({None if m.own is None else m.own.step for m in self.members})

    def measure(self, batch: Rows, together: int, *, compiled: bool = False) -> None:
        """Compute one step of ``together`` trials and throw it away; for the planner's clock."""
        before, self._stepper.compiles = self._stepper.compiles, compiled
        try:
            start = typical([m.own for m in self.members]) if together == 1 else 0
            self._gradients(start, together, batch, 0)
            self.device.finish()
        finally:
            self._stepper.compiles = before

    def blame(self, row: int, batch: Rows, step_no: int) -> tuple[Kind, str]:
        """Return what of one trial is not finite at a step, and in which node."""
        state = self.state.take(row)
        weights, key = (state.params, state.buffers), self._keys(step_no)[row]
        return blame(self._step, weights, self._given(row), key, batch)

    @property
    def _is_single(self) -> bool:
        return self.together == 1

    @cached_property
    def _rows(self) -> list[list[_Group]]:
        return _views(self.state, self._optimizer, len(self.members))

    def _given(self, rows: slice | int) -> Given:
        return Given(*({n: t[rows] for n, t in g.items()} for g in (self.state.held, self._dials)))

    def _gradients(self, start: int, together: int, batch: Rows, step_no: int) -> Advance:
        keys = self._keys(step_no)
        own = self.members[start].own if together == 1 else None
        if own is not None:
            state, stepper = self.state.take(start), self._stepper_of(own)
            return own.advance(stepper, state.params, state.buffers, state.held, keys[start], batch)
        stays = together >= len(self.members)
        if stays and together > 1:
            state, given = self.state, Given(self.state.held, self._dials)
        elif stays:
            (state, given), keys = self._only, keys[0]
        else:
            rows = start if together == 1 else slice(start, start + together)
            state, given, keys = self.state.take(rows), self._given(rows), keys[rows]
        return self._stepper.run(state.params, state.buffers, given, keys, batch, stays=stays)

    def _stepper_of(self, own: Own) -> Stepper:
        """Return the programs of one size, which several trials may share."""
        fresh = Stepper(own.step, traced=self._stepper.traced)
        found = self._steppers.setdefault(own.step, fresh)
        found.compiles = self._stepper.compiles
        return found

    @cached_property
    def _only(self) -> tuple[State, Given]:
        """Return the state of the only trial, always by the same tensors."""
        return self.state.take(0), self._given(0)

    def _keys(self, step_no: int) -> Tensor:
        """Return what noise is drawn with  # (trials,); made for many steps at once."""
        first = step_no - step_no % KEYS
        if first not in self._known_keys:
            steps = range(first, first + KEYS)
            self._known_keys = {first: keys(self._seeds, steps).to(self.device.at)}
        return self._known_keys[first][step_no - first]

    def _judge(self, rows: Rows) -> tuple[Tensor, Tensor]:
        served = self.state.served()
        if not self._is_single:
            given = Given(served.held, self._dials)
            return self._stepper.judge(served.params, served.buffers, given, rows)
        found, batch = [], (rows.inputs, rows.target)
        for row in range(len(self.members)):
            params, buffers, _, held = served.take(row).groups()
            own = self.members[row].own
            found.append(
                self._step.judge(params, buffers, self._given(row), batch, fused=False)
                if own is None
                else own.judge(params, buffers, held, batch)
            )
        return torch.stack([a for a, _ in found]), torch.stack([loss for _, loss in found])

    def _apply(
        self, start: int, found: Advance, norms: Sequence[float], moving: Sequence[bool],
        step_no: int, steps: int,
    ) -> None:  # fmt: skip
        """Move the trials of one program along their gradients."""
        rows = range(start, start + len(norms))
        where = start if self._is_single else slice(start, start + len(norms))
        for old, new in zip(self.state.buffers.values(), found.buffers, strict=True):
            old[where] = new
        by_row: list[Sequence[Tensor]] = [found.grads]
        if not self._is_single:
            parts = [g.unbind(0) for g in found.grads]
            by_row = [[part[i] for part in parts] for i in range(len(norms))]
        for row, grads, norm, moves in zip(rows, by_row, norms, moving, strict=True):
            if moves:
                limit = self.members[row].recipe.gradient_clip
                # Not in place: autograd may hand out one tensor as two parameters' gradient.
                clipped = [g * (limit / norm) for g in grads] if 0 < limit < norm else grads
                self._update(row, clipped, step_no, self.learning_rate(row, step_no, steps))

    def _update(self, row: int, grads: Sequence[Tensor], step_no: int, rate: float) -> None:
        recipe = self.members[row].recipe
        for group in self._rows[row]:
            decay = recipe.weight_decay if group.decays else 0.0
            rates = Rates(rate, decay, recipe.momentum, step_no)
            self._optimizer.update(group.views, [grads[p] for p in group.places], rates)
            if group.means:
                # The first steps are forgotten soon, whatever the decay.
                decay = min(recipe.ema, step_no / (step_no + 10))
                torch._foreach_lerp_(group.means, group.sources, 1 - decay)


def numbered(rows: Sequence[int], at: torch.device) -> Tensor:
    """Return row numbers as an index for tensors that lie there."""
    return torch.tensor(rows, device="cpu").to(at)


def optimizer_of(recipe: Recipe) -> Optimizer:
    """Return the optimizer a recipe names."""
    family: Catalog[Optimizer] = Catalog("danlu.train.optimizers", Optimizer)  # type: ignore[type-abstract]
    return family.get(recipe.optimizer)()


def slots_of(recipes: Iterable[Recipe]) -> tuple[str, ...]:
    """Return what trials of one cohort keep beside their weights."""
    every = list(recipes)
    averaged = (EMA,) if any(r.ema for r in every) else ()
    return (*optimizer_of(every[0]).slots, *averaged)


def first_state(
    weights: Sequence[Tensors], *, buffers: Collection[str], held: Collection[str],
    slots: Sequence[str], device: Device = HOST,
) -> State:  # fmt: skip
    """Stack the first weights and buffers of K trials beside fresh optimizer state."""
    stacks = {n: torch.stack([w[n] for w in weights]).to(device.at) for n in weights[0]}
    params = {n: t for n, t in stacks.items() if n not in buffers and n not in held}
    fresh = {f"{slot}/{n}": torch.zeros_like(p) for slot in slots for n, p in params.items()}
    kept = [{n: t for n, t in stacks.items() if n in names} for names in (buffers, held)]
    return State(params, kept[0], fresh, kept[1])


@dataclass(frozen=True)
class _Group:
    """Parameters of one trial that share their rates."""

    decays: bool
    places: list[int]
    views: Row
    means: list[Tensor]
    """The slot EMA; empty where the cohort keeps none."""
    sources: list[Tensor]
    """What it is the average of."""


def _views(state: State, optimizer: Optimizer, count: int) -> list[list[_Group]]:
    """Return per trial its matrices, which decay, and its biases and scales, which do not."""
    names = list(state.params)

    def group(k: int, decays: bool) -> _Group:  # noqa: FBT001
        # A matrix has two axes and the trial's.
        places = [i for i, n in enumerate(names) if (state.params[n].ndim > 2) == decays]
        slots = [[state.slots[f"{s}/{names[p]}"][k] for p in places] for s in optimizer.slots]
        views = Row([state.params[names[p]][k] for p in places], slots)
        kept = [state.slots.get(f"{EMA}/{names[p]}") for p in places]
        means = [t[k] for t in kept if t is not None]
        of = slots[optimizer.slots.index(AVERAGE)] if AVERAGE in optimizer.slots else views.params
        return _Group(decays, places, views, means, list(of))

    every = [[group(k, decays) for decays in (True, False)] for k in range(count)]
    return [[g for g in groups if g.places] for groups in every]


def _stack_dials(members: Sequence[Member], at: torch.device) -> Tensors:
    found = {n: torch.stack([torch.as_tensor(m.dials[n], device="cpu") for m in members])
             for n in members[0].dials}  # fmt: skip
    smoothing = [m.recipe.label_smoothing for m in members]
    if any(smoothing):
        found[SMOOTHING] = torch.tensor(smoothing, device="cpu")
    return {n: t.to(at) for n, t in found.items()}
