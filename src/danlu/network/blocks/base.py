"""Library block: a ready-made part of networks; it is copied into a document that uses it."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import ClassVar

from danlu.catalog import Catalog
from danlu.network.graph import Block, Node
from danlu.tensor import TensorType


class LibraryBlock(ABC):  # nothing to implement: all of it is known in advance
    """A block definition and what people call it; the class's first line says what it does."""

    title: ClassVar[dict[str, str]]
    """Name for people, by language."""
    words: ClassVar[dict[str, tuple[str, ...]]]
    """What people may search for, by language."""
    paper: ClassVar[str] = ""
    """Where it comes from: "He 2015, arXiv:1512.03385"."""
    block: ClassVar[Block]
    uses: ClassVar[tuple[str, ...]] = ()
    """Other library blocks that its nodes use."""
    sample: ClassVar[Mapping[str, TensorType]]
    """Types it fits with its default parameters, by input; for contracts and docs."""


def blocks() -> Catalog[LibraryBlock]:
    """Return the catalogue of this family."""
    return Catalog("danlu.network.blocks", LibraryBlock)


def library(*names: str) -> dict[str, Block]:
    """Return the definitions of these blocks and of all that they use, for a document.

    >>> list(library("residual"))
    ['residual']
    """
    found: dict[str, Block] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            kind = blocks().get(name)
            found[name] = kind.block
            waiting.extend(kind.uses)
    return found


def var(expression: str) -> dict[str, str]:
    """Refer to a parameter of the block, as in ``op("dense", "x", units=var("units"))``."""
    return {"var": expression}


def op(kind: str, /, *sources: str, **params: object) -> Node:
    """Write a node; several sources go to the port ``xs``.

    >>> op("add", "x", "conv").in_
    {'xs': ('x', 'conv')}
    """
    ends = {"x": sources[0]} if len(sources) == 1 else {"xs": sources}
    return Node.model_validate({"op": kind, "params": params, "in": ends})
