"""Importer: a model file of another program as a network, its weights, and what is missing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, NamedTuple

from danlu.catalog import Catalog
from danlu.errors import NetworkError, TooLargeError
from danlu.network.graph import Json, Network
from danlu.network.sketching.repeats import Repeat, fold, name_for, repeats
from danlu.network.sketching.sketch import Array, Sketch, Unmapped, Value
from danlu.tensor import TensorType

LARGEST = 2**30  # bytes of a file


class Note(NamedTuple):
    """What a person should know of an import, for programs and in words."""

    code: str
    text: str
    value: str = ""


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
    notes: tuple[Note, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    """Chains that follow on themselves, each of which may become a block."""

    def folded(self) -> Imported:
        """Return it with every repeat written as a block."""
        network, weights = self.network, dict(self.weights)
        for repeat in self.repeats:
            network, weights = fold(network, weights, repeat, name_for(repeat, network))
        return replace(self, network=network, weights=weights, repeats=())

    def report(self) -> Json:
        """Return all but the weights as JSON, for a page or a terminal."""
        return {
            "network": self.network.document(),
            "inputs": {key: str(kind) for key, kind in self.types.items()},
            "weights": sum(w.size for w in self.weights.values()),
            "unmapped": [one._asdict() for one in self.unmapped],
            "notes": [one._asdict() for one in self.notes],
            "repeats": [{"nodes": list(r.nodes), "times": r.times} for r in self.repeats],
        }


def imported(sketch: Sketch, name: str, outputs: Mapping[str, Value]) -> Imported:
    """Finish a sketch; an output that nothing maps to is left out if there is another."""
    lost = {one.node for one in sketch.missing}
    kept = {key: value for key, value in outputs.items() if value.node not in lost} or outputs
    if not kept:
        raise NetworkError(
            "it has no output", code="import_empty", where=f"model '{name}'",
            do="Export a model that answers with a tensor.",
        )  # fmt: skip
    left = [key for key in outputs if key not in kept]
    notes = [Note("output_left_out", f"the output '{key}' is left out", key) for key in left]
    if any(t.dtype == "int64" for t in sketch.types.values()):
        text = "token 0 is padding here: what reads sequences leaves it out"
        notes.append(Note("token_padding", text))
    unmapped = tuple(sketch.missing)
    network = sketch.network(name, kept)
    last = network.nodes.get(next(iter(network.outputs.values())))
    kind = str(last.params.get("kind")) if last is not None else ""
    if kind in ("softmax", "sigmoid", "log_softmax"):
        text = f"it ends in {kind}, which a task does here: to train it, drop that"
        notes.append(Note("ends_in_curve", text, kind))
    ends = {outputs[key].node for key in left}
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
