"""Importer: a model file of another program as a network, its weights, and what is missing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from danlu.catalog import Catalog
from danlu.errors import NetworkError, TooLargeError
from danlu.network.graph import Network
from danlu.network.repeats import Repeat, repeats
from danlu.network.sketch import Array, Sketch, Unmapped, Value
from danlu.tensor import TensorType

LARGEST = 2**30  # bytes of a file


@dataclass(frozen=True)
class Imported:
    """What could be read of a model."""

    network: Network
    types: Mapping[str, TensorType]
    """What each input must be."""
    weights: Mapping[str, Array]
    """By "<node>.<tensor>", as in a state dict; empty if the file has none."""
    unmapped: tuple[Unmapped, ...] = ()
    """Steps that no op does; they stand in the network under names no op has."""
    notes: tuple[str, ...] = ()
    """What a person should know."""
    repeats: tuple[Repeat, ...] = ()
    """Chains that follow on themselves, which `danlu.network.repeats.fold` makes a block."""


def imported(sketch: Sketch, name: str, outputs: Mapping[str, Value]) -> Imported:
    """Finish a sketch; an output that nothing maps to is left out if there is another."""
    lost = {one.node for one in sketch.missing}
    kept = {key: value for key, value in outputs.items() if value.node not in lost} or outputs
    if not kept:
        raise NetworkError(
            "it has no output", code="import_empty", where=f"model '{name}'",
            do="Export a model that answers with a tensor.",
        )  # fmt: skip
    notes = [f"the output '{key}' is left out" for key in outputs if key not in kept]
    if any(t.dtype == "int64" for t in sketch.types.values()):
        notes.append("token 0 is padding here: what reads sequences leaves it out")
    unmapped = tuple(sketch.missing)
    network = sketch.network(name, kept)
    ends = {outputs[key].node for key in outputs if key not in kept}
    return Imported(
        network, dict(sketch.types), dict(sketch.weights),
        tuple(one for one in unmapped if one.node in network.nodes or one.node in ends),
        tuple(notes), repeats(network, sketch.shapes),
    )  # fmt: skip


class Importer(ABC):
    """Reads one form of model file."""

    suffixes: ClassVar[tuple[str, ...]]

    @abstractmethod
    def read(self, data: bytes, *, where: str) -> Imported:
        """Read a whole file; NetworkError if it is none of this form."""


def importers() -> Catalog[Importer]:
    """Return the catalogue of this family."""
    return Catalog("danlu.network.imports", Importer)  # type: ignore[type-abstract]  # the base


def load(file: Path) -> Imported:
    """Read a model file by its suffix."""
    kinds = importers().all().values()
    found = next((kind for kind in kinds if file.suffix.lower() in kind.suffixes), None)
    if found is None:
        known = sorted(suffix for kind in kinds for suffix in kind.suffixes)
        raise NetworkError(
            f"no model is read from '{file.suffix}'", code="suffix_unknown",
            where=f"file '{file.name}'", do=f"Give one that ends in {' or '.join(known)}.",
        )  # fmt: skip
    if file.stat().st_size > LARGEST:
        raise TooLargeError(
            f"more than {LARGEST // 2**20} MB", code="document_large", where=f"file '{file.name}'",
            do="Import a smaller model.",
        )  # fmt: skip
    return found().read(file.read_bytes(), where=f"file '{file.name}'")
