"""TensorBoard: what a search measured, as event files that `tensorboard --logdir` opens.

The format is a list of records, each framed by its length and check sums (TFRecord), each an
`Event` of TensorFlow's event.proto; so little of it is needed that it is written out here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from danlu.data.durable import write_atomically
from danlu.experiment.looks import looks_at
from danlu.store.records import Trial
from danlu.train.events import Histogram, Watched

POLYNOMIAL = 0x82F63B78  # Castagnoli's, reversed
ABOVE_ZERO = 1e-40  # where the bin of zeros ends
Value = bytes
"""A Summary.Value of TensorFlow's summary.proto."""


def export(trials: Sequence[Trial], seen: Path, to: Path, *, began: float) -> list[Path]:
    """Write one run per trial that has a curve: its curve, and what was seen of it.

    ``seen`` is the folder of `train/watch.py`, ``began`` the clock (s) that all events carry:
    curves are kept without one. Curves count epochs, what was seen counts steps.
    """
    paths = []
    for trial in trials:
        if trial.curve:
            events = [*_of_curve(trial), *_of_looks(looks_at(seen, trial.number))]
            path = to / f"trial_{trial.number:04d}" / "events.out.tfevents.0000000000.danlu"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, b"".join(_file(events, began)))
            paths.append(path)
    return paths


def _of_curve(trial: Trial) -> Iterator[tuple[int, list[Value]]]:
    names = {"loss": "loss/train", "valid_loss": "loss/validation"}
    for point in trial.curve:
        values = {names.get(n, f"metric/{n}"): v for n, v in point.items() if n != "epoch"}
        yield int(point["epoch"]), _scalars(values)


def _of_looks(looks: Sequence[Watched]) -> Iterator[tuple[int, list[Value]]]:
    for look in looks:
        values: dict[str, float | None] = {"gradient_norm": look.gradient_norm}
        for name, group in (("ratio", look.ratios), ("dead", look.dead), ("seconds", look.seconds)):
            values |= {f"{name}/{key}": value for key, value in group.items()}
        groups = {"weights": look.weights, "gradients": look.gradients,
                  "activations": look.activations}  # fmt: skip
        yield (
            look.step,
            [
                *_scalars(values),
                *(
                    _text(1, f"{name}/{key}") + _bytes(5, _histogram(found))
                    for name, group in groups.items()
                    for key, found in group.items()
                    if found.bins
                ),
            ],
        )


def _scalars(values: Mapping[str, Any]) -> list[Value]:
    return [
        _text(1, tag) + b"\x15" + struct.pack("<f", value)  # field 2, four bytes
        for tag, value in values.items()
        if value is not None
    ]


def _histogram(found: Histogram) -> bytes:
    limits: list[float] = []
    counts: list[float] = []
    for place in sorted(found.bins, key=lambda p: Histogram.edges(p)[0]):
        left, right = Histogram.edges(place)
        if not limits or left > limits[-1]:
            limits.append(left)  # what lies between two bins is empty
            counts.append(0.0)
        limits.append(right or ABOVE_ZERO)
        counts.append(float(found.bins[place]))
    head = _double(1, found.low or 0.0) + _double(2, found.high or 0.0)
    packed = [struct.pack(f"<{len(row)}d", *row) for row in (limits, counts)]
    return head + _double(3, sum(counts)) + _bytes(6, packed[0]) + _bytes(7, packed[1])


def _file(events: Sequence[tuple[int, list[Value]]], began: float) -> Iterator[bytes]:
    yield _record(_double(1, began) + _text(3, "brain.Event:2"))
    for step, values in events:
        summary = b"".join(_bytes(1, value) for value in values)
        yield _record(_double(1, began) + b"\x10" + _varint(step) + _bytes(5, summary))


def _record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return b"".join((length, _masked(length), data, _masked(data)))


def _masked(data: bytes) -> bytes:
    found = crc32c(data)
    return struct.pack("<I", ((found >> 15 | found << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def crc32c(data: bytes) -> int:
    """Return the check sum of RFC 3720.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    found = 0xFFFFFFFF
    for byte in data:
        found = found >> 8 ^ TABLE[(found ^ byte) & 0xFF]
    return found ^ 0xFFFFFFFF


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (POLYNOMIAL if byte & 1 else 0)
    return byte


TABLE = tuple(_entry(byte) for byte in range(256))


def _bytes(number: int, data: bytes) -> bytes:
    return bytes((number << 3 | 2,)) + _varint(len(data)) + data


def _text(number: int, text: str) -> bytes:
    return _bytes(number, text.encode())


def _double(number: int, value: float) -> bytes:
    return bytes((number << 3 | 1,)) + struct.pack("<d", value)


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*found, value))
