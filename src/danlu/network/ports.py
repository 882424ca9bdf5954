"""Ports: what the inputs of an op may be, and in which words it refuses the rest; no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import pydantic

from danlu.params import Params
from danlu.tensor import TensorType

Inputs = Mapping[str, tuple[TensorType, ...]]
"""The types that arrive at each port of a node; one, unless the port takes many or none."""
Wants = Literal[
    "vector", "table", "categories", "indices", "sequence", "image", "tokens", "features", "grid",
    "adjacency", "any",
]  # fmt: skip
AXES: dict[str, tuple[str, ...]] = {
    "vector": ("features",),
    "table": ("features",),
    "categories": ("features",),
    "sequence": ("length", "features"),
    "image": ("channels", "height", "width"),
    "tokens": ("length",),
}


class Refusal(Params):
    """Why an op cannot take what arrives: a code and its arguments, no sentence."""

    code: str
    port: str | None = None
    args: dict[str, str | int] = pydantic.Field({})


class Port(Params):
    """Where edges attach: what it accepts.

    ``vector`` is one float axis of plain numbers, ``table`` a vector whose columns are known,
    ``categories`` a table with at least one category column, ``sequence`` vectors along a length,
    ``image`` channels of pixels, ``tokens`` whole numbers along a length, ``indices`` categories
    or tokens, ``features`` anything whose last axis is features, ``grid`` an image or a sequence,
    ``adjacency`` as many numbers at every position as there are positions, ``any`` all plain
    floats.
    """

    name: str
    wants: Wants = "vector"
    many: bool = False
    """Whether it takes several edges, in order."""
    optional: bool = False
    """Whether it may stay open."""

    def refuse(self, given: TensorType) -> Refusal | None:
        """Return why ``given`` does not fit, in our words, or None."""
        code = self._trouble(given)
        if code is None:
            return None
        categories = sum(f.is_category for f in given.fields)
        told: dict[str, str | int] = {"wants": self.wants, "given": str(given)}
        if code == "categories_unread":
            told["categories"] = categories
        return Refusal(code=code, port=self.name, args=told)

    def _trouble(self, given: TensorType) -> str | None:
        wants = self.wants
        if wants == "indices":
            wants = "tokens" if given.dtype == "int64" else "categories"
        dtype = "int64" if wants == "tokens" else "float32"
        if given.dtype != dtype or None in given.shape or not _fits(wants, given):
            return "axes_mismatch"
        categories = sum(f.is_category for f in given.fields)
        if wants == "table" and not given.fields:
            return "table_wanted"
        if wants == "categories" and not categories:
            return "categories_wanted"
        if wants not in ("table", "categories") and categories:
            return "categories_unread"
        return None


def _fits(wants: str, given: TensorType) -> bool:
    names = tuple(a.name for a in given.axes)
    if wants == "any":
        return bool(names)
    if wants == "features":
        return names[-1:] == ("features",)
    if wants == "grid":
        return names in (AXES["image"], AXES["sequence"])
    if wants == "adjacency":
        square = given.shape[0] == given.shape[-1]
        return square and names in (AXES["sequence"], ("length", "length"))
    return names == AXES[wants]


Law = Callable[[Inputs], Refusal | None]
"""A rule between the inputs of one node, beyond what each port wants."""


def same_sizes(inputs: Inputs) -> Refusal | None:
    """Refuse inputs of different sizes."""
    types = [t for given in inputs.values() for t in given]
    odd = next((i for i, t in enumerate(types) if t.axes != types[0].axes), None)
    if odd is None:
        return None
    first, other = (_shown(types[i]) for i in (0, odd))
    args: dict[str, str | int] = {"first": first, "other": other, "edge": odd}
    return Refusal(code="sizes_differ", port=next(iter(inputs)), args=args)


def _shown(given: TensorType) -> str | int:
    """Return the size of a vector as a number, other sizes as a text."""
    if len(given.axes) == 1:
        return given.shape[0] or 0
    return "x".join(str(s) for s in given.shape)
