"""Entry: a ready-made network: whose idea it is, which data it fits, and how it is built."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from danlu.catalog import Catalog
from danlu.network.graph import Network, Node, Selector
from danlu.network.ports import AXES
from danlu.network.propose import Proposal
from danlu.space import Choice, Float, Space
from danlu.tensor import TensorType

Types = Mapping[str, TensorType]
"""Inputs by name: tables of columns, pictures."""
SMALLEST = 4
"""Pixels a side; less is no picture."""


class Proof(NamedTuple):
    """The real data on which the entry must beat a floor, in a test."""

    dataset: str
    """One that `danlu.testing.gallery` knows: "digits", "wine", "breast_cancer", ..."""
    metric: str
    floor: float
    source: str
    """Where the floor comes from: "majority class", "logistic regression, same split"."""
    epochs: int


class Entry(ABC):
    """A network of the gallery; a class, as all of it is known in advance."""

    title: ClassVar[dict[str, str]]
    """Name for people, by language."""
    words: ClassVar[dict[str, tuple[str, ...]]]
    """What people may search for, by language."""
    paper: ClassVar[str]
    """Where it comes from: "LeCun 1998, Proc. IEEE 86(11)"."""
    tasks: ClassVar[tuple[str, ...]] = ("classification", "regression")
    proof: ClassVar[Proof]

    @abstractmethod
    def why_not(self, types: Types) -> str | None:
        """Say why these data do not fit, in half a sentence; None = they do."""

    @abstractmethod
    def propose(self, types: Types, *, rows: int, task: str, head: int) -> Proposal:
        """Build the network, its space and its recipe for ``rows`` train rows of such data."""


def gallery() -> Catalog[Entry]:
    """Return the catalogue of this family."""
    return Catalog("danlu.network.gallery", Entry)  # type: ignore[type-abstract]  # the family's base


def numbers_of(types: Types) -> int | None:
    """Return the number of columns of one table that holds nothing but plain numbers."""
    if len(types) != 1:
        return None
    given = next(iter(types.values()))
    if len(given.axes) != 1 or any(f.is_category for f in given.fields):
        return None
    return given.shape[0]


def square_of(types: Types) -> int | None:
    """Return the side of the picture that the numbers of a table may be: 64 columns are 8 x 8."""
    count = numbers_of(types)
    side = round((count or 0) ** 0.5)
    return side if count and side >= SMALLEST and side * side == count else None


class Picture(NamedTuple):
    """What a network of pictures reads: an input of pictures, or numbers to be seen as one."""

    source: str
    """The node or the input that gives (channels, height, width)."""
    channels: int
    height: int
    width: int
    entrance: dict[str, Node]
    """What makes a picture of numbers; nothing where it is one."""

    @property
    def side(self) -> int:
        """Pixels of the shorter side."""
        return min(self.height, self.width)


def picture_of(types: Types) -> Picture | None:
    """Return the only picture there is: an input, or a square of plain numbers."""
    side = square_of(types)
    if side:
        (table,) = types
        seen = Node(op="reshape", params={"to": [1, side, side]}, in_={"x": table})
        return Picture("picture", 1, side, side, {"picture": seen})
    if len(types) != 1:
        return None
    ((name, given),) = types.items()
    sizes = [size for size in given.shape if size]
    if tuple(a.name for a in given.axes) != AXES["image"] or len(sizes) != len(AXES["image"]):
        return None
    channels, height, width = sizes
    return Picture(name, channels, height, width, {}) if min(height, width) >= SMALLEST else None


def no_picture(types: Types) -> str | None:
    """Say why these data cannot be seen as a picture, in half a sentence; None = they can."""
    if picture_of(types):
        return None
    return "it takes one picture, or numbers that make a square to be seen as one"


class Only(NamedTuple):
    """The only table there is: its name, and how many of its columns are of either sort."""

    name: str
    numbers: int
    categories: int


def only_table(types: Types) -> Only | None:
    """Return the table, if there is one with known columns and nothing else."""
    if len(types) != 1:
        return None
    ((name, given),) = types.items()
    if len(given.axes) != 1:
        return None
    categories = sum(f.is_category for f in given.fields)
    return Only(name, len(given.fields) - categories, categories) if given.fields else None


def pace(rows: int) -> dict[str, int]:
    """Return a batch size and epochs that give a few thousand updates."""
    return {"batch_size": 64 if rows < 20_000 else 512, "epochs": max(5, min(40, 200_000 // rows))}


def by_rows(name: str, read: Node, types: Types, *, rows: int, task: str) -> Proposal:
    """Lay out the rows of a picture as "steps", ``read`` them, and answer from the last state."""
    side, (table,) = square_of(types), types
    nodes = {
        "steps": Node(op="reshape", params={"to": [side, side]}, in_={"x": table}),
        "read": read,
        "drop": Node(op="dropout", params={"p": 0.3}, in_={"x": "read"}),
        "head": Node(op="dense", params={"units": "target"}, in_={"x": "drop"}),
    }
    network = Network(
        name=name, inputs={table: Selector()}, nodes=nodes, outputs={"answer": "head"}
    )
    space: Space = {
        "read.units": Choice(32, 64, 128),
        "drop.p": Float(0.0, 0.5),
        "recipe.learning_rate": Float(1e-3, 2e-2, log=True),
    }
    smoothing = {"label_smoothing": 0.05} if task == "classification" else {}
    recipe = {"batch_size": 32 if rows < 20_000 else 512, "epochs": 25, **smoothing}
    return Proposal(network, space, recipe)
