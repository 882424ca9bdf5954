"""Blame: in which node the first number that is none came up, on the way forwards or back."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from danlu.network.ops.base import Layer
from danlu.train.batches import Rows
from danlu.train.step import Given, Step, Tensors

Kind = Literal["nan", "nan_loss", "nan_gradient"]


def blame(
    step: Step, weights: tuple[Tensors, Tensors], given: Given, key: Tensor, batch: Rows
) -> tuple[Kind, str]:
    """Return what is not finite for one trial on one batch: a node's output, the loss, a gradient.

    ``weights`` are its parameters and buffers, without the trial axis.
    """
    found: list[str] = []

    def look(node: str, output: Tensor) -> None:
        if not torch.isfinite(output).all():
            found.append(node)

    hooks = [
        layer.register_forward_hook(
            lambda _m, _i, kwargs, out: look(kwargs["node"], out), with_kwargs=True
        )
        for layer in step.net.modules()
        if isinstance(layer, Layer)
    ]
    params = {name: p.detach().requires_grad_() for name, p in weights[0].items()}
    with torch.enable_grad():
        rows = (batch.inputs, batch.target)
        loss, _ = step.loss(params, weights[1], given, key, rows, fused=False)
    for hook in hooks:
        hook.remove()
    if found:
        return "nan", found[0]
    if not torch.isfinite(loss).all():
        return "nan_loss", ""
    return "nan_gradient", _steepest(params, loss)


def _steepest(params: Tensors, loss: Tensor) -> str:
    """Return the node whose gradient overflows; the last one, for gradients run backwards."""
    grads = torch.autograd.grad(loss, list(params.values()), allow_unused=True)
    norms = {
        name: float(torch.linalg.vector_norm(g))
        for name, g in zip(params, grads, strict=True)
        if g is not None
    }
    wild = [name for name, norm in norms.items() if not norm < float("inf")]
    last = wild[-1] if wild else max(norms, key=lambda name: norms[name])
    return last.partition(".")[0]
