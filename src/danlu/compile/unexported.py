"""Unexported: which node of a network ONNX cannot hold, found by exporting each alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from danlu.compile.module import NetModule
from danlu.network.ops.base import Layer, Live

Export = Callable[[nn.Module, Sequence[Tensor], Sequence[str]], bytes]


class Culprit(NamedTuple):
    """A node, its op, and what the exporter says of it."""

    node: str
    op: str
    why: str


class _Alone(nn.Module):
    """One layer, as it is outside a network."""

    def __init__(self, layer: Layer, node: str) -> None:
        super().__init__()
        self.layer, self.node = layer, node

    def forward(self, *tensors: Tensor) -> Tensor:
        """Return what the layer makes of them."""
        found: Tensor = self.layer(*tensors, node=self.node, live=Live())
        return found


def find(net: NetModule, inputs: Mapping[str, Tensor], export: Export) -> Culprit | None:
    """Return the first node that cannot be exported by itself; None when each one can."""
    for node, (layer, tensors) in _seen(net, inputs).items():
        names = [f"x{at}" for at in range(len(tensors))]
        try:
            export(_Alone(layer, node), tensors, names)
        except torch.onnx.OnnxExporterError as error:
            op = type(layer).__module__.rpartition(".")[2]
            return Culprit(node, op, first_line(error))
    return None


def first_line(error: BaseException) -> str:
    """Return what an exporter's error comes down to: its cause in one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:300]


def _seen(
    net: NetModule, inputs: Mapping[str, Tensor]
) -> dict[str, tuple[Layer, tuple[Tensor, ...]]]:
    """Run the network once, and keep what each layer was given; none that borrows a weight."""
    seen: dict[str, tuple[Layer, tuple[Tensor, ...]]] = {}
    lent = {wire.node for wire in net.wires if wire.lender is not None}

    def keep(layer: Any, tensors: tuple[Tensor, ...], more: dict[str, Any]) -> None:
        if more["node"] not in lent:
            seen[more["node"]] = layer, tensors

    layers = {id(wire.layer): wire.layer for wire in net.wires if wire.layer is not None}
    hooks = [layer.register_forward_pre_hook(keep, with_kwargs=True) for layer in layers.values()]
    try:
        with torch.no_grad():
            net(inputs, Live())
    finally:
        for hook in hooks:
            hook.remove()
    return seen
