"""Feedback: predictions that got their truth become rows of the next dataset version."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from danlu.serve.log_reader import Logged


@dataclass(frozen=True)
class Gathered:
    """Joined rows on disk, one file for each model that had chosen them."""

    files: tuple[tuple[str, Path], ...]
    """(model, JSONL file), oldest prediction first."""
    rows: int
    explored: int
    """Rows under a policy that explores; all others our own model chose alone."""


def gather(
    found: Iterable[Logged], folder: Path, *, columns: Sequence[str], target: str
) -> Gathered:
    """Write joined predictions (`LogReader.joined`), the truth as the target, as JSONL.

    The same predictions give the same bytes: a run that begins again adds nothing twice.
    """
    models: dict[str, list[Logged]] = {}
    for logged in found:
        models.setdefault(logged.model, []).append(logged)
    files = tuple(
        (model, _write(folder / f"{number}.jsonl", rows, columns, target))
        for number, (model, rows) in enumerate(models.items())
    )
    everything = [logged for rows in models.values() for logged in rows]
    return Gathered(files, len(everything), sum(p.propensity < 1.0 for p in everything))


def _write(path: Path, found: Iterable[Logged], columns: Sequence[str], target: str) -> Path:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for logged in found:
            file.write(json.dumps(row_of(logged, columns, target), ensure_ascii=False) + "\n")
    return path


def row_of(logged: Logged, columns: Sequence[str], target: str) -> dict[str, Any]:
    """Return the dataset row: every column of the schema, and the truth as the target."""
    truth = logged.feedback.truth if logged.feedback else None
    return {name: truth if name == target else logged.row.get(name) for name in columns}
