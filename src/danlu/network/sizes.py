"""Sizes: what the inputs of a network look like where no data say so: "12", "3x32x32"."""

from __future__ import annotations

from pydantic import Field as Given

from danlu.errors import InvalidError
from danlu.params import Params
from danlu.tensor import Axis, Field, TensorType

AXES = (("features",), ("length", "features"), ("channels", "height", "width"))


class Sizes(Params):
    """Sizes by input, and how many numbers are wanted per row.

    >>> Sizes(inputs={"table": "12"}, head=3).types()["table"].shape
    (12,)
    """

    inputs: dict[str, str] = Given({})
    """"12" (numbers of a table), "8x4" (length, features), "3x32x32" (channels, height, width) or
    "tokens 12"."""
    head: int = Given(1, ge=1, le=65536)
    """What "target" stands for."""

    def types(self) -> dict[str, TensorType]:
        """Return the type of every input."""
        return {name: type_of(name, size) for name, size in self.inputs.items()}


def type_of(name: str, size: str) -> TensorType:
    """Read the size of an input as people write it.

    >>> str(type_of("image", "3x32x32")), str(type_of("words", "tokens 12"))
    ('float32 (rows, channels=3, height=32, width=32)', 'int64 (rows, length=12)')
    """
    text = size.strip().lower()
    tokens = text.startswith("tokens")
    parts = text.removeprefix("tokens").strip().split("x")
    if not all(p.isdecimal() and 0 < int(p) < 2**24 for p in parts) or len(parts) > len(AXES):
        raise InvalidError(
            f"'{size[:40]}' is no size", code="size_invalid", where=f"input '{name}'",
            do="Write 12, 8x4 (length, features), 3x32x32 (channels, height, width) or tokens 12.",
            size=size[:40],
        )  # fmt: skip
    if tokens:
        return TensorType(axes=(Axis(name="length", size=int(parts[0])),), dtype="int64")
    sizes = [int(p) for p in parts]
    names = AXES[len(sizes) - 1]
    axes = tuple(Axis(name=n, size=s) for n, s in zip(names, sizes, strict=True))
    fields = [Field(column=f"column_{i}", start=i) for i in range(sizes[0])]
    return TensorType(axes=axes, fields=tuple(fields) if len(sizes) == 1 else ())
