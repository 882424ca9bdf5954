"""Tables: where the columns of a table lie, and how its categories are looked up."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from danlu.network.ports import Inputs, Refusal
from danlu.tensor import Field


class Categories:
    """The category columns of a table, looked up in one weight: table below table, by offsets."""

    def __init__(self, fields: tuple[Field, ...]) -> None:
        columns = [f for f in fields if f.is_category]
        self.count = len(columns)
        self.runs = runs(columns)
        sizes = [f.cardinality or 0 for f in columns]
        self.offsets = [sum(sizes[:i]) for i in range(len(sizes))]
        self.rows = sum(sizes)

    def read(self, x: Tensor, weight: Tensor) -> Tensor:
        """Return the looked up vectors  # (rows, count, units)."""
        return look_up(x, weight, self.runs, self.offsets)


def look_up(x: Tensor, weight: Tensor, runs: list[tuple[int, int]], offsets: list[int]) -> Tensor:
    """Look category slots of a table up, each in its own part of one weight."""
    index = torch.cat([x[:, a:b] for a, b in runs], dim=1).long()
    return functional.embedding(index + index.new_tensor(offsets), weight)


def runs(fields: Sequence[Field]) -> list[tuple[int, int]]:
    """Return the slots of ``fields`` as few (start, end) slices, in order."""
    found: list[tuple[int, int]] = []
    for f in fields:
        end = f.start + f.width
        if found and found[-1][1] == f.start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((f.start, end))
    return found


class Numbers:
    """The slots of a table that hold quantities, in order."""

    def __init__(self, fields: Sequence[Field]) -> None:
        found = [f for f in fields if not f.is_category]
        self.runs = runs(found)
        self.widths = [f.width for f in found]
        """Slots of each column."""
        self.count = sum(self.widths)

    def read(self, x: Tensor) -> Tensor:
        """Return them side by side  # (rows, count)."""
        parts = [x[:, a:b] for a, b in self.runs]
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)

    @property
    def parts(self) -> list[str]:
        """The slices of the first tensor, as a person would write them."""
        return [f"{{0}}[:, {a}:{b}]" for a, b in self.runs]

    @property
    def code(self) -> str:
        """``read`` of the first tensor, as a person would write it."""
        return (
            self.parts[0] if len(self.runs) == 1 else f"torch.cat([{', '.join(self.parts)}], dim=1)"
        )


def numbers_wanted(inputs: Inputs) -> Refusal | None:
    """Refuse a table without a single number."""
    port = next(iter(inputs))
    given = inputs[port][0]
    if not given.fields or any(not f.is_category for f in given.fields):
        return None
    return Refusal(code="numbers_wanted", port=port, args={"given": str(given)})
