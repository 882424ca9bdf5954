"""RNN: a state that each position updates through one dense layer."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional

from danlu.network.along import Fit, Lie
from danlu.network.ops.base import Layer, Live, Op, Source, uniform
from danlu.network.ports import Inputs, Port
from danlu.network.recurrent import WRITTEN, Reading
from danlu.params import size


def native_rnn(x: Tensor, weights: list[Tensor], *, relu: bool = False) -> Tensor:
    """Run one direction from zeros by torch's kernel  # (rows, length, units)."""
    zeros, learns = x.new_zeros(1, x.shape[0], weights[1].shape[1]), torch.is_grad_enabled()
    run = torch.rnn_relu if relu else torch.rnn_tanh
    return run(
        x, zeros, weights, has_biases=True, num_layers=1, dropout=0.0, train=learns,
        bidirectional=False, batch_first=True,
    )[0]  # fmt: skip


def scanned_rnn(x: Tensor, weights: list[Tensor], *, relu: bool = False) -> Tensor:
    """Run one direction from zeros, step by step  # (rows, length, units)."""
    w_in, w_hidden, b_in, b_hidden = weights
    bend = torch.relu if relu else torch.tanh
    h, turned = x.new_zeros(x.shape[0], w_hidden.shape[1]), w_hidden.mT
    outputs = []
    for step in functional.linear(x, w_in, b_in + b_hidden).unbind(1):
        h = bend(step + h @ turned)
        outputs.append(h)
    return torch.stack(outputs, dim=1)


class Rnn(Op):
    """Elman's network: reads a sequence into a state of ``units`` numbers.

    >>> Rnn(units=3).on("length=6, features=4")
    'features=3'
    """

    title: ClassVar = {"en": "RNN", "zh": "循环层"}
    words: ClassVar = {
        "en": ("elman", "recurrent", "simple rnn", "vanilla", "bidirectional"),
        "zh": ("循环神经网络", "循环网络", "埃尔曼", "双向"),
    }
    group: ClassVar = "sequence"
    formula: ClassVar = "h = f(W x + U h + b)"
    paper: ClassVar = "Elman 1990, Cognitive Science 14(2)"
    ports: ClassVar = (Port(name="x", wants="sequence"),)
    on_padding: ClassVar = "reads"
    examples: ClassVar = ({"direction": "both", "returns": "sequence"},)
    on_fill: ClassVar = "sums"
    maskable: ClassVar = ("units",)

    units: int = size(64, ge=1, le=8192)
    """Numbers in the state; twice as many come out if both directions are read."""
    kind: Literal["tanh", "relu"] = size("tanh")
    """The curve."""
    returns: Literal["last", "sequence"] = size("last")
    """The state after the last position, or the state at every position."""
    direction: Literal["forward", "backward", "both"] = size("forward")
    """From which end to read; "both" lays two states side by side."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _Rnn(self._reading(inputs), relu=self.kind == "relu")

    def axes(self, inputs: Inputs) -> tuple[str, ...]:  # noqa: ARG002
        """Name the axes: the last state has no length."""
        return ("features",) if self.returns == "last" else ("length", "features")

    def along(self, fit: Fit) -> Lie | None:
        """Say where the units lie."""
        return self._reading({"x": fit.types}).along(fit.size("units"), fit.x)

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        reading = self._reading(inputs)
        curve = ", nonlinearity='relu'" if self.kind == "relu" else ""
        make = f"nn.RNN({reading.arguments()}{curve})"
        if not inputs["x"][0].masked:
            return Source(reading.call("[1]"), make)
        more = ", relu=True" if self.kind == "relu" else ""
        call = reading.written_out("native_rnn", masked=True, ready=True, more=more)
        return Source(call, make, (*WRITTEN, native_rnn))

    def _reading(self, inputs: Inputs) -> Reading:
        features = inputs["x"][0].shape[1] or 0
        return Reading(features, self.units, 1, self.direction, self.returns == "last")


class _Rnn(Layer):
    def __init__(self, reading: Reading, *, relu: bool) -> None:
        super().__init__()
        self.reading, self.relu = reading, relu
        for name, shape in reading.shapes().items():
            self.register_parameter(name, self.learn(name, shape, uniform(reading.units**-0.5)))

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the last state (rows, units) or all of them  # (rows, length, units)."""
        # Into ONNX torch writes its kernel with a copy of the weight per step; a scan has one.
        scans = live.fused or torch.compiler.is_exporting()
        cell = partial(scanned_rnn if scans else native_rnn, relu=self.relu)
        weights = {name: getattr(self, name) for name in self.starts}
        return self.reading.run(tensors[0], next(iter(live.masks), None), weights, cell)
