"""Mel spectrogram: how loud a sound is in each band of hearing, moment by moment."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from danlu.network.ops.base import Layer, Live, Op, Source
from danlu.network.ports import Inputs, Port, Refusal
from danlu.params import size
from danlu.tensor import TensorType


def waves(window: int, x: Tensor) -> Tensor:
    """Return cosines, then sines, of whole frequencies under a Hann window  # (.., 1, window)."""
    time = torch.arange(window, device=x.device)
    turn = torch.arange(window // 2 + 1, device=x.device).unsqueeze(1) * time % window
    angle = turn * (2 * math.pi / window)  # whole turns are taken off before rounding can matter
    hann = 0.5 - 0.5 * torch.cos(time * (2 * math.pi / window))
    return (torch.cat([angle.cos(), angle.sin()]) * hann).unsqueeze(1)


def mel_bands(bands: int, rate: int, window: int, x: Tensor) -> Tensor:
    """Return triangles, equally wide to the ear, over the frequencies  # (bins, bands)."""
    top = 2595.0 * math.log10(1 + rate / 2 / 700)
    steps = torch.arange(bands + 2, device=x.device) * (top / (bands + 1))
    edges = 700 * (10 ** (steps / 2595) - 1)  # in Hz
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    hertz = torch.arange(window // 2 + 1, device=x.device).unsqueeze(1) * (rate / window)
    rising, falling = (hertz - low) / (middle - low), (high - hertz) / (high - middle)
    return torch.minimum(rising, falling).clamp(min=0.0)


def mel_spectrogram(x: Tensor, rate: int, window: int, hop: int, bands: int) -> Tensor:
    """Return the power in each mel band of each window  # (rows, windows, bands)."""
    parts = functional.conv1d(x.flatten(1).unsqueeze(1), waves(window, x), stride=hop)
    real, imaginary = parts.chunk(2, dim=1)
    power = real.square() + imaginary.square()  # (rows, bins, windows)
    return power.mT @ mel_bands(bands, rate, window, x)


class MelSpectrogram(Op):
    """A waveform, as a vector or as a sequence of one feature, becomes a sequence of bands.

    It is computed in the graph, so what is trained on is what is served.

    >>> MelSpectrogram(window=400, hop=160, bands=40).on("features=16000")
    'length=98, features=40'
    """

    title: ClassVar = {"en": "Mel spectrogram", "zh": "梅尔频谱"}
    words: ClassVar = {
        "en": ("audio", "sound", "speech", "waveform", "fourier", "frequency", "stft"),
        "zh": ("音频", "声音", "语音", "波形", "傅里叶", "频率", "频谱图"),
    }
    group: ClassVar = "sequence"
    formula: ClassVar = "y[t] = log(|DFT(window t of x)|^2 M)"
    paper: ClassVar = "Davis 1980, IEEE TASSP 28(4)"
    ports: ClassVar = (Port(name="x", wants="features"),)
    gives: ClassVar = ("length", "features")
    sample: ClassVar = {"x": (TensorType.of("length=600, features=1"),)}
    examples: ClassVar = ({"rate": 8000, "window": 128, "hop": 64, "bands": 20},)

    rate: int = Field(16_000, ge=100, le=384_000)
    """Samples per second."""
    window: int = size(400, ge=8, le=8192)
    """Samples that are looked at together."""
    hop: int = size(160, ge=1, le=8192)
    """Samples from one window to the next."""
    bands: int = size(40, ge=1, le=512)
    """Bands of frequencies, narrow for low and wide for high ones, as the ear hears."""
    log: bool = True
    """Whether loudness is on a logarithmic scale."""

    def build(self, inputs: Inputs, *, head: int) -> Layer:  # noqa: ARG002
        """Make the layer."""
        return _MelSpectrogram(self)

    def misfit(self, inputs: Inputs) -> Refusal | None:
        """Refuse what is no waveform, or shorter than a window."""
        shape = inputs["x"][0].shape
        if len(shape) == 2 and shape[1] != 1:
            told: dict[str, str | int] = {"wants": "vector", "given": str(inputs["x"][0])}
            return Refusal(code="axes_mismatch", port="x", args=told)
        if (shape[0] or 0) < self.window:
            told = {"samples": shape[0] or 0, "window": self.window}
            return Refusal(code="window_short", port="x", args=told)
        return None

    def source(self, inputs: Inputs, *, head: int) -> Source:  # noqa: ARG002
        """Write the layer in PyTorch."""
        call = f"mel_spectrogram({{0}}, {self.rate}, {self.window}, {self.hop}, {self.bands})"
        call = f"{call}.clamp(min=1e-10).log()" if self.log else call
        return Source(call, functions=(waves, mel_bands, mel_spectrogram))


class _MelSpectrogram(Layer):
    def __init__(self, op: MelSpectrogram) -> None:
        super().__init__()
        self.op = op

    def forward(self, *tensors: Tensor, node: str, live: Live) -> Tensor:  # noqa: ARG002
        """Return the bands of each window  # (rows, windows, bands)."""
        op = self.op
        mel = mel_spectrogram(tensors[0], op.rate, op.window, op.hop, op.bands)
        return mel.clamp(min=1e-10).log() if op.log else mel
