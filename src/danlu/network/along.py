"""Along: which places of an axis a small trial fills, of the axis of the large one that holds it.

Without torch. An op says by these where its sizes lie (`Op.along`); what is no place of a part
holds zeros. Places keep their order, and the first of a part is the first of the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from danlu.params import Params
from danlu.tensor import TensorType


@dataclass(frozen=True)
class Along:
    """The places ``at`` of an axis ``of`` so many.

    Of an axis that is several sizes in one, such as gates times units, every factor has its own:

    >>> every(2) * first(2, 3)
    Along(at=(0, 1, 3, 4), of=6)
    >>> every(2) + first(1, 3)
    Along(at=(0, 1, 2), of=5)
    """

    at: tuple[int, ...]
    of: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left over."""
        return len(self.at) == self.of

    @property
    def is_first(self) -> bool:
        """Whether what is left over is the end."""
        return self.at == tuple(range(len(self.at)))

    def __mul__(self, inner: Along) -> Along:
        """Return an axis in which each place is an axis of its own."""
        at = tuple(a * inner.of + b for a in self.at for b in inner.at)
        return Along(at, self.of * inner.of)

    def __add__(self, behind: Along) -> Along:
        """Return both, one behind the other."""
        return Along((*self.at, *(self.of + b for b in behind.at)), self.of + behind.of)


def every(size: int) -> Along:
    """Return an axis that is the same in all."""
    return Along(tuple(range(size)), size)


def first(size: int, of: int) -> Along:
    """Return the first places of an axis."""
    return Along(tuple(range(size)), of)


class Lie(NamedTuple):
    """Where a part lies in what an op makes."""

    out: Along
    """Along the axis of features, or of channels."""
    weights: Mapping[str, tuple[Along | None, ...]] = {}
    """By name, axis by axis; None and those left out are the same in all. A weight that is not
    named lies along the input with its last axis, if that differs at all."""


class Fit(NamedTuple):
    """One node of the whole, and the same node of a part."""

    whole: Params
    part: Params
    given: tuple[Along, ...]
    """Of every edge in port order."""
    types: tuple[TensorType, ...]
    """What the whole reads."""
    head: int
    differ: frozenset[str] = frozenset()
    """Sizes of the op in which the parts of the whole differ."""

    @property
    def x(self) -> Along:
        """The first edge."""
        return self.given[0]

    @property
    def agrees(self) -> bool:
        """Whether all edges lie alike."""
        return all(other == self.x for other in self.given)

    def size(self, field: str) -> Along:
        """Return where the part's value of a size lies in the whole's."""
        of = getattr(self.whole, field)
        return every(self.head) if of == "target" else first(getattr(self.part, field), of)


def axis_of(kind: TensorType) -> int:
    """Return which axis a width lies along: channels of an image, else the last.

    >>> axis_of(TensorType.of("channels=3, height=8, width=8"))
    0
    """
    names = [axis.name for axis in kind.axes]
    return names.index("channels") if "channels" in names else len(names) - 1
