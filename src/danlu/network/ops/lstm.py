"""LSTM: a memory cell that gates let in, forget and read out."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from torch import Generator, Tensor
from torch.nn import functional

from danlu.network.along import Fit, Lie
from danlu.network.ops.base import Layer, Live, Op, Source, Start, uniform
from danlu.network.ports import Inputs, Port
from danlu.network.recurrent import WRITTEN, Reading
from danlu.params import size

SURE = 30.0  # its sigmoid is exactly 1 in float32


def native_lstm(x: Tensor, weights: list[Tensor]) -> Tensor:
    """Run one direction from zeros by torch's kernel  # (rows, length, units)."""
    zeros, learns = x.new_zeros(1, x.shape[0], weights[1].shape[1]), torch.is_grad_enabled()
    return torch.lstm(
        x, (zeros, zeros), weights, has_biases=True, num_layers=1, dropout=0.0, train=learns,
        bidirectional=False, batch_first=True,
    )[0]  # fmt: skip


def scanned_lstm(x: Tensor, weights: list[Tensor]) -> Tensor:
    """Run one direction from zeros, step by step  # (rows, length, units)."""
    w_in, w_hidden, b_in, b_hidden = weights
    h = c = x.new_zeros(x.shape[0], w_hidden.shape[1])
    outputs = []
    for step in functional.linear(x, w_in, b_in + b_hidden).unbind(1):
        i, f, g, o = (step + functional.linear(h, w_hidden)).chunk(4, dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        outputs.append(h)
    return torch.stack(outputs, dim=1)


def lstm_1997(x: Tensor, weights: list[Tensor]) -> Tensor:
    """Run one direction of the form that cannot forget  # (rows, length, units)."""
    w_in, w_hidden, b_in, b_hidden = weights
    h = c = x.new_zeros(x.shape[0], w_hidden.shape[1])
    outputs = []
    for step in functional.linear(x, w_in, b_in + b_hidden).unbind(1):
        i, g, o = (step + functional.linear(h, w_hidden)).chunk(3, dim=1)
        c = c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        outputs.append(h)
    return torch.stack(outputs, dim=1)


class Lstm(Op):
    """Reads a sequence into a state of ``units`` numbers, with a memory cell beside it.

    >>> Lstm(units=3).on("length=6, features=4")
    'features=3'
    """

    title: ClassVar = {"en": "LSTM", "zh": "长短期记忆"}
    words: ClassVar = {
        "en": ("long short-term memory", "recurrent", "gate", "memory cell", "bidirectional"),
        "zh": ("长短期记忆网络", "循环网络", "门控", "记忆单元", "双向"),
    }
    group: ClassVar = "sequence"
    formula: ClassVar = "i, f, g, o = W x + U h + b; c = s(f) c + s(i) tanh(g); h = s(o) tanh(c)"
    paper: ClassVar = "Hochreiter 1997, Neural Computation 9(8); forget gate: Gers 2000, 12(10)"
    ports: ClassVar = (Port(name="x", wants="sequence"),)
    on_padding: ClassVar = "reads"
    examples: ClassVar = (
        {"direction": "both", "returns": "sequence"},
        {"direction": "both", "returns": "sequence", "forget_gate": False},
    )
    on_fill: ClassVar = "sums"
    maskable: ClassVar = ("units",)

    units: int = size(64, ge=1, le=8192)
    """Numbers in the state; twice as many come out if both directions are read."""
    returns: Literal["last", "sequence"] = size("last")
    """The state after the last position, or the state at every position."""
    direction: Literal["forward", "backward", "both"] = size("forward")
    """From which end to read; "both" lays two states side by side."""
    forget_gate: bool = True
    """Whether the cell can forget; false = the form of 1997, whose cell only adds."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Lstm(self._reading(inputs), forgets=self.forget_gate)

    def axes(self, inputs: Inputs) -> tuple[str, ...]:  # noqa: ARG002
        """Name the axes: the last state has no length."""
        return ("features",) if self.returns == "last" else ("length", "features")

    def along(self, fit: Fit) -> Lie | None:
        """Say where the units lie."""
        return self._reading({"x": fit.types}).along(fit.size("units"), fit.x)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        reading, masked = self._reading(inputs), inputs["x"][0].masked
        if not self.forget_gate:
            call = reading.written_out("lstm_1997", masked=masked, ready=False)
            needs = (*WRITTEN, lstm_1997)
            return Source(call, functions=needs, weights=reading.shapes())
        make = f"nn.LSTM({reading.arguments()})"
        if not masked:
            return Source(reading.call("[1][0]"), make)
        call = reading.written_out("native_lstm", masked=True, ready=True)
        return Source(call, make, (*WRITTEN, native_lstm))

    def _reading(self, inputs: Inputs) -> Reading:
        features, gates = inputs["x"][0].shape[1] or 0, 4 if self.forget_gate else 3
        return Reading(features, self.units, gates, self.direction, self.returns == "last")


class _Lstm(Layer):
    def __init__(self, reading: Reading, *, forgets: bool) -> None:
        super().__init__()
        self.reading, self.forgets = reading, forgets
        for name, shape in reading.shapes().items():
            start = uniform(reading.units**-0.5)
            start = _remembering(start) if forgets and name.startswith("bias_ih") else start
            self.register_parameter(name, self.learn(name, shape, start))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the last state (rows, units) or all of them  # (rows, length, units)."""
        # oneDNN's kernel keeps what its gradient needs only while autograd is on, and a step is
        # recorded with autograd and replayed without: so training scans.
        scans = live.fused or live.training
        if self.forgets:
            cell = scanned_lstm if scans else native_lstm
        else:
            cell = lstm_1997 if scans else _native_1997
        weights = {name: getattr(self, name) for name in self.starts}
        return self.reading.run(tensors[0], next(iter(live.masks), None), weights, cell)


def _native_1997(x: Tensor, weights: list[Tensor]) -> Tensor:
    """Run torch's kernel with a forget gate that stays open  # (rows, length, units)."""

    def opened(weight: Tensor, forget: float) -> Tensor:
        enter, rest = weight.tensor_split([weight.shape[0] // 3])
        return torch.cat([enter, torch.full_like(enter, forget), rest])

    forgets = (0.0, 0.0, SURE, 0.0)
    return native_lstm(x, [opened(w, f) for w, f in zip(weights, forgets, strict=True)])


def _remembering(start: Start) -> Start:
    """Let the forget gate begin open (Jozefowicz 2015, PMLR 37)."""

    def begin(shape: tuple[int, ...], generator: Generator) -> Tensor:
        enter, forget, rest = start(shape, generator).tensor_split([shape[0] // 4, shape[0] // 2])
        return torch.cat([enter, forget + 1, rest])

    return begin
