"""TensorType: named axes and a dtype; what flows along an edge, without torch."""

from __future__ import annotations

from typing import Literal

from danlu.params import Params

Dtype = Literal["float32", "int64", "bool"]


class Axis(Params):
    """One named axis; ``size`` None means any length."""

    name: str
    size: int | None = None


class Field(Params):
    """One column of an input: where it lies among the numbers of a row and how to read it.

    A number-like field occupies ``width`` float slots; a category occupies one slot that holds
    its index as a float (exact to 2**24), 0 = missing, 1 = other, and has a ``cardinality``.
    """

    column: str
    start: int
    width: int = 1
    cardinality: int | None = None

    @property
    def is_category(self) -> bool:
        """Whether the slot holds an index, not a quantity."""
        return self.cardinality is not None


class TensorType(Params):
    """The type of one value; the rows axis always comes first and is never listed.

    >>> str(TensorType(axes=(Axis(name="features", size=12),)))
    'float32 (rows, features=12)'
    """

    axes: tuple[Axis, ...] = ()
    dtype: Dtype = "float32"
    fields: tuple[Field, ...] = ()
    """The columns it is read from, and where they lie among the numbers of a row."""
    masked: bool = False
    """Whether a mask travels along: some positions of the length may be padding."""

    @classmethod
    def of(cls, text: str, *, dtype: Dtype = "float32") -> TensorType:
        """Read sizes as a person writes them.

        >>> TensorType.of("channels=3, height=8, width=8").shape
        (3, 8, 8)
        """
        pairs = (part.split("=") for part in text.split(","))
        axes = tuple(Axis(name=name.strip(), size=int(size)) for name, size in pairs)
        return cls(axes=axes, dtype=dtype)

    def __str__(self) -> str:
        shown = ", ".join(["rows", *(f"{a.name}={a.size or '?'}" for a in self.axes)])
        return f"{self.dtype} ({shown})"

    @property
    def shape(self) -> tuple[int | None, ...]:
        """Sizes without the rows axis."""
        return tuple(a.size for a in self.axes)
