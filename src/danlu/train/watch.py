"""Watch: look inside a trial while it trains, as rarely as a share of the time allows.

A look computes one step of one trial again, by itself and under the eyes of hooks, on the batch
the real step takes next: gradients and activations are those of that step. Training does not
notice: it draws no other noise, and gives the same bits whether or not somebody looks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from danlu.network.ops.base import Layer
from danlu.train.batches import Rows
from danlu.train.events import LIMIT, Histogram, Report, Watched
from danlu.train.noise import keys
from danlu.train.step import Given, Step, Tensors

SHARE = 0.02
"""Of the processor time; a look waits until it fits."""
APART_S, SPREAD = 0.5, 100
"""Processor time between two looks inside an epoch: at least so much, and such a part of all that
has passed, so that an hour leaves hundreds of looks and not thousands."""
SAMPLED = 65_536  # values that are sorted into bins; more are taken at even distances
RECTIFYING = "danlu.network.ops.activation"


@dataclass(frozen=True)
class View:
    """One trial as it would be alone."""

    seed: int
    step: Step
    dials: Tensors


@dataclass
class Look:
    """What is seen before a step is made."""

    number: int
    step_no: int
    before: Tensors
    """Weights that train."""
    grads: Tensors
    norm: float
    activations: dict[str, Histogram] = field(default_factory=dict)
    dead: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


class Watcher:
    """Decides when to look, and at whom: at one trial after the other."""

    def __init__(
        self, views: Mapping[int, View], folder: Path | None, *, every: int = 0,
        now: Callable[[], float] = time.process_time,
    ) -> None:  # fmt: skip
        self._views, self._folder, self._every, self._now = views, folder, every, now
        self._began, self.spent, self._last, self._turn = now(), 0.0, 0.0, 0
        self._looked_at = 0.0

    def pick(self, rows: Sequence[int], step_no: int, *, closes: bool) -> int | None:
        """Return the row to look at in this step, or None; ``closes`` = the last of an epoch.

        The first look comes at the end of the first epoch, whatever it costs, if not before.
        """
        if self._every:
            wanted = (step_no + 1) % self._every == 0
        else:
            past = self._now() - self._began - self.spent
            is_due = closes or past - self._looked_at >= max(APART_S, past / SPREAD)
            wanted = is_due and self.spent + self._last <= SHARE * past
            if wanted:
                self._looked_at = past
        if not wanted or not rows:
            return None
        self._turn += 1
        return rows[(self._turn - 1) % len(rows)]

    def look(self, number: int, weights: Tensors, batch: Rows, step_no: int) -> Look:
        """See what the coming step of a trial will do; nothing is changed."""
        began = self._now()
        found = _look(self._views[number], number, weights, batch, step_no)
        self._last = self._now() - began
        self.spent += self._last
        return found

    def close(self, look: Look, weights: Tensors, epoch: int, report: Report) -> None:
        """Compare with what the step did, write it down and tell; that is part of the cost."""
        began = self._now()
        found = Watched(
            trial=look.number, epoch=epoch, step=look.step_no, gradient_norm=_known(look.norm),
            ratios={n: _ratio(old, weights[n]) for n, old in look.before.items()},
            norms={n: _known(float(torch.linalg.vector_norm(g))) for n, g in look.grads.items()},
            weights={n: histogram(weights[n]) for n in look.before},
            gradients={n: histogram(g) for n, g in look.grads.items()},
            activations=look.activations, dead=look.dead, seconds=look.seconds,
        )  # fmt: skip
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / f"{look.number}.jsonl").open("a", encoding="utf-8") as file:
                file.write(found.model_dump_json() + "\n")
        report(found)
        took = self._now() - began
        self.spent += took
        self._last += took


def histogram(tensor: Tensor) -> Histogram:
    """Count values by size and sign; see `Histogram`.

    >>> histogram(torch.tensor([0.0, 3.0, -3.0, float("nan")])).bins
    {-306: 1, 0: 1, 306: 1}
    """
    values = tensor.detach().float().cpu().numpy().ravel()
    finite = np.isfinite(values)
    missing = 0 if finite.all() else int(np.isnan(values).sum())
    real = values if finite.all() else values[finite]
    every = max(1, -(-len(real) // SAMPLED))
    part = real[::every]
    mantissa, exponent = np.frexp(part)
    place = 2 * exponent + (np.abs(mantissa) >= 0.5**0.5) + LIMIT + 1
    counts = np.bincount(np.sign(part).astype(np.int64) * place + 2 * LIMIT + 1)
    bins = {int(i) - 2 * LIMIT - 1: int(counts[i]) for i in np.flatnonzero(counts)}
    return Histogram(
        low=float(real.min()) if len(real) else None,
        high=float(real.max()) if len(real) else None,
        size=len(values), zeros=len(real) - int(np.count_nonzero(real)), missing=missing,
        infinite=len(values) - len(real) - missing, sampled=len(part), bins=bins,
        mean=float(part.mean(dtype=np.float64)) if len(part) else None,
        deviation=float(part.std(dtype=np.float64)) if len(part) else None,
    )  # fmt: skip


def _look(view: View, number: int, weights: Tensors, batch: Rows, step_no: int) -> Look:
    net: Any = view.step.net
    buffers = {n: weights[n] for n, _ in net.named_buffers()}
    held = {n: weights[n] for n in net.frozen}
    before = {n: t.clone() for n, t in weights.items() if n not in buffers and n not in held}
    params = {n: t.clone().requires_grad_() for n, t in before.items()}
    found = Look(number, step_no, before, {}, 0.0)
    key = keys([view.seed], [step_no]).to(view.step.device.at)[0][0]
    with torch.enable_grad():
        with ExitStack() as hooks:
            _hook(view.step, found, hooks)
            loss, _ = view.step.loss(
                params, buffers, Given(held, view.dials), key, (batch.inputs, batch.target),
                fused=False,
            )  # fmt: skip
        leaves = list(params.values())
        grads = torch.autograd.grad(loss, leaves, materialize_grads=True) if leaves else ()
    found.grads = dict(zip(params, grads, strict=True))
    found.norm = float(sum(g.cpu().double().square().sum() for g in grads)) ** 0.5
    return found


def _hook(step: Step, look: Look, hooks: ExitStack) -> None:
    """Let every layer tell when it begins, when it ends, and what it gives."""
    began: dict[str, float] = {}

    def start(_layer: Any, _given: Any, kwargs: dict[str, Any]) -> None:
        step.device.finish()
        began[kwargs["node"]] = time.perf_counter()

    def end(layer: Any, _given: Any, kwargs: dict[str, Any], out: Tensor) -> None:
        node = kwargs["node"]
        step.device.finish()
        look.seconds[node] = time.perf_counter() - began[node]
        if out.is_floating_point():
            look.activations[node] = histogram(out)
        if type(layer).__module__ == RECTIFYING:
            look.dead[node] = _dead(out)

    for layer in step.net.modules():
        if isinstance(layer, Layer):
            pre = layer.register_forward_pre_hook(start, with_kwargs=True)
            hooks.callback(pre.remove)
            hooks.callback(layer.register_forward_hook(end, with_kwargs=True).remove)


def _dead(out: Tensor) -> float:
    """Return the share of units that are zero for every row of the batch."""
    axis = 1 if out.ndim == 4 else out.ndim - 1  # an image's are its channels
    others = [a for a in range(out.ndim) if a != axis]
    return float((out.detach().count_nonzero(others) == 0).float().mean())


def _ratio(before: Tensor, after: Tensor) -> float | None:
    size = float(torch.linalg.vector_norm(before))
    return _known(float(torch.linalg.vector_norm(after - before)) / size) if size else None


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
