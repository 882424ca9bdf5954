"""GRU: a state that gates reset and renew."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional

from danlu.network.along import Fit, Lie
from danlu.network.ops.base import Layer, Live, Op, Source, uniform
from danlu.network.ports import Inputs, Port
from danlu.network.recurrent import WRITTEN, Reading
from danlu.params import size


def native_gru(x: Tensor, weights: list[Tensor]) -> Tensor:
    """Run one direction from zeros by torch's kernel  # (rows, length, units)."""
    zeros, learns = x.new_zeros(1, x.shape[0], weights[1].shape[1]), torch.is_grad_enabled()
    return torch.gru(
        x, zeros, weights, has_biases=True, num_layers=1, dropout=0.0, train=learns,
        bidirectional=False, batch_first=True,
    )[0]  # fmt: skip


def scanned_gru(x: Tensor, weights: list[Tensor]) -> Tensor:
    """Run one direction from zeros, step by step  # (rows, length, units)."""
    w_in, w_hidden, b_in, b_hidden = weights
    h = x.new_zeros(x.shape[0], w_hidden.shape[1])
    outputs = []
    for step in functional.linear(x, w_in, b_in).unbind(1):
        r, z, n = step.chunk(3, dim=1)
        h_r, h_z, h_n = functional.linear(h, w_hidden, b_hidden).chunk(3, dim=1)
        new = torch.tanh(n + torch.sigmoid(r + h_r) * h_n)
        h = new + torch.sigmoid(z + h_z) * (h - new)
        outputs.append(h)
    return torch.stack(outputs, dim=1)


class Gru(Op):
    """Reads a sequence into a state of ``units`` numbers; fewer gates than an LSTM, no cell.

    >>> Gru(units=3).on("length=6, features=4")
    'features=3'
    """

    title: ClassVar = {"en": "GRU", "zh": "门控循环单元"}
    words: ClassVar = {
        "en": ("gated recurrent unit", "recurrent", "gate", "bidirectional"),
        "zh": ("循环网络", "门控", "双向"),
    }
    group: ClassVar = "sequence"
    formula: ClassVar = (
        "r, z = s(W x + U h + b); n = tanh(W x + b + r (U h + b)); h = (1 - z) n + z h"
    )
    paper: ClassVar = "Cho 2014, arXiv:1406.1078"
    ports: ClassVar = (Port(name="x", wants="sequence"),)
    on_padding: ClassVar = "reads"
    examples: ClassVar = ({"direction": "both", "returns": "sequence"},)
    on_fill: ClassVar = "sums"
    maskable: ClassVar = ("units",)

    units: int = size(64, ge=1, le=8192)
    """Numbers in the state; twice as many come out if both directions are read."""
    returns: Literal["last", "sequence"] = size("last")
    """The state after the last position, or the state at every position."""
    direction: Literal["forward", "backward", "both"] = size("forward")
    """From which end to read; "both" lays two states side by side."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Gru(self._reading(inputs))

    def axes(self, inputs: Inputs) -> tuple[str, ...]:  # noqa: ARG002
        """Name the axes: the last state has no length."""
        return ("features",) if self.returns == "last" else ("length", "features")

    def along(self, fit: Fit) -> Lie | None:
        """Say where the units lie."""
        return self._reading({"x": fit.types}).along(fit.size("units"), fit.x)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        reading = self._reading(inputs)
        make = f"nn.GRU({reading.arguments()})"
        if not inputs["x"][0].masked:
            return Source(reading.call("[1]"), make)
        call = reading.written_out("native_gru", masked=True, ready=True)
        return Source(call, make, (*WRITTEN, native_gru))

    def _reading(self, inputs: Inputs) -> Reading:
        features = inputs["x"][0].shape[1] or 0
        return Reading(features, self.units, 3, self.direction, self.returns == "last")


class _Gru(Layer):
    def __init__(self, reading: Reading) -> None:
        super().__init__()
        self.reading = reading
        for name, shape in reading.shapes().items():
            self.register_parameter(name, self.learn(name, shape, uniform(reading.units**-0.5)))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the last state (rows, units) or all of them  # (rows, length, units)."""
        cell = scanned_gru if live.fused else native_gru
        weights = {name: getattr(self, name) for name in self.starts}
        return self.reading.run(tensors[0], next(iter(live.masks), None), weights, cell)
