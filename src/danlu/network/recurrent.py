"""Recurrent: reading padded sequences one position after the other, in either direction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from danlu.network.along import Along, Lie, every

Cell = Callable[[Tensor, list[Tensor]], Tensor]
"""Runs one direction from a state of zeros: (rows, length, features) to (rows, length, units);
the weights are input to hidden, hidden to hidden, and the bias of each."""
PARTS = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")  # torch's names


def reading_order(mask: Tensor, *, backward: bool) -> Tensor:
    """Return the turn of each position, padding last  # (rows, length)."""
    count = mask.sum(1, keepdim=True)
    turn = mask.long().cumsum(1) - 1
    turn = count - 1 - turn if backward else turn
    return torch.where(mask, turn, count - 1 + (~mask).long().cumsum(1))


def line_up(x: Tensor, mask: Tensor | None, *, backward: bool) -> Tensor:
    """Return positions in reading order, padding last  # (rows, length, features)."""
    if mask is None:
        return x.flip(1) if backward else x
    turn = reading_order(mask, backward=backward)[..., None].expand_as(x)
    return torch.zeros_like(x).scatter(1, turn, x)


def put_back(y: Tensor, mask: Tensor | None, *, backward: bool) -> Tensor:
    """Return what was read in order, each at its own position  # (rows, length, units)."""
    if mask is None:
        return y.flip(1) if backward else y
    return y.gather(1, reading_order(mask, backward=backward)[..., None].expand_as(y))


def last_read(y: Tensor, mask: Tensor | None) -> Tensor:
    """Return the state after the last real position, zeros if there is none  # (rows, units)."""
    if mask is None:
        return y[:, -1]
    count = mask.sum(1)[:, None, None]  # (rows, 1, 1)
    end = y.gather(1, (count - 1).clamp(min=0).expand(-1, 1, y.shape[2]))
    return torch.where(count > 0, end, 0.0).squeeze(1)


WRITTEN: tuple[Callable[..., Tensor], ...] = (reading_order, line_up, put_back, last_read)
"""What `Reading.written_out` calls."""


class Reading(NamedTuple):
    """How a recurrent layer reads: its sizes, from which ends, and what it returns."""

    features: int
    units: int
    gates: int
    """Blocks of ``units`` rows in each weight."""
    direction: str
    last: bool

    @property
    def backward(self) -> tuple[bool, ...]:
        """Tell for each direction whether it starts at the end."""
        return {"forward": (False,), "backward": (True,), "both": (False, True)}[self.direction]

    def names(self, way: int) -> tuple[str, ...]:
        """Name the weights of one direction as torch does."""
        return tuple(part + ("_reverse" if way else "") for part in PARTS)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of every weight by name."""
        rows = self.gates * self.units
        shapes: tuple[tuple[int, ...], ...] = (
            (rows, self.features), (rows, self.units), (rows,), (rows,)
        )  # fmt: skip
        ways = range(len(self.backward))
        return {n: s for way in ways for n, s in zip(self.names(way), shapes, strict=True)}

    def along(self, units: Along, x: Along) -> Lie:
        """Say where fewer units lie that read fewer features."""
        rows = every(self.gates) * units
        axes = ((rows, x), (rows, units), (rows,), (rows,))
        ways = range(len(self.backward))
        weights = {n: a for way in ways for n, a in zip(self.names(way), axes, strict=True)}
        return Lie(every(len(ways)) * units, weights)

    def run(
        self, x: Tensor, mask: Tensor | None, weights: Mapping[str, Tensor], cell: Cell
    ) -> Tensor:
        """Read in each direction, and lay the answers side by side."""
        found = []
        for way, backward in enumerate(self.backward):
            own = [weights[name] for name in self.names(way)]
            y = cell(line_up(x, mask, backward=backward), own)
            found.append(last_read(y, mask) if self.last else put_back(y, mask, backward=backward))
        return found[0] if len(found) == 1 else torch.cat(found, dim=-1)

    def arguments(self) -> str:
        """Write the arguments of torch's module."""
        both = ", bidirectional=True" if self.direction == "both" else ""
        return f"{self.features}, {self.units}, batch_first=True{both}"

    def call(self, state: str) -> str:
        """Write a call of torch's module; ``state`` picks the last state from what it returns."""
        x = "{0}.flip(1)" if self.direction == "backward" else "{0}"
        if self.last:
            return f"{{self}}({x}){state}.transpose(0, 1).flatten(1)"
        return f"{{self}}({x})[0]" + (".flip(1)" if self.direction == "backward" else "")

    def written_out(self, cell: str, *, masked: bool, ready: bool, more: str = "") -> str:
        """Write calls of the function ``cell``, one for each direction.

        ``ready``: torch's module holds the weights; ``more``: further arguments of ``cell``.
        """
        mask, calls = "{m0}" if masked else "None", []
        for way, backward in enumerate(self.backward):
            own = ", ".join(f"{{self}}.{name}" for name in self.names(way))
            held = f"{{self}}.all_weights[{way}]" if ready else f"[{own}]"
            y = f"{cell}(line_up({{0}}, {mask}, backward={backward}), {held}{more})"
            back = f"put_back({y}, {mask}, backward={backward})"
            calls.append(f"last_read({y}, {mask})" if self.last else back)
        return calls[0] if len(calls) == 1 else f"torch.cat([{', '.join(calls)}], dim=-1)"
