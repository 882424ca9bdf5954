"""Choose: which network of the gallery a dataset gets, and why; the rest, and why not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from danlu.errors import NetworkError, nearest
from danlu.network.gallery.base import Entry, gallery, picture_of, square_of
from danlu.network.propose import Proposal, propose
from danlu.tensor import TensorType

PICTURE = "lenet5"
NUMBERED = re.compile(r"\D*\d+(\D+\d+)?\D*")
LEAST_SIDE = 7  # pixels; less is a table that happens to have a square number of columns


class Chosen(NamedTuple):
    """A proposal, which network it is, and why this one."""

    entry: str
    why: str
    proposal: Proposal


class Fit(NamedTuple):
    """An entry of the gallery beside some data."""

    entry: str
    kind: type[Entry]
    why_not: str | None
    """None = it fits."""


def fits(types: Mapping[str, TensorType], task: str) -> list[Fit]:
    """List the gallery, with the reason for each entry that these data or task do not fit.

    >>> from danlu.tensor import TensorType
    >>> found = {f.entry: f.why_not for f in fits({"x": TensorType.of("features=5")}, "regression")}
    >>> found["lenet5"] is None
    False
    """
    found = []
    for name, kind in gallery().all().items():
        why_not = kind().why_not(types)
        if task not in kind.tasks:
            why_not = f"it is for {' and '.join(kind.tasks)}"
        found.append(Fit(name, kind, why_not))
    return found


def choose(
    types: Mapping[str, TensorType], *, rows: int, task: str, head: int, entry: str | None = None
) -> Chosen:
    """Return the network for these data: the one asked for, or the one that suits them best."""
    if entry is not None:
        return _asked(entry, types, rows=rows, task=task, head=head)
    side = square_of(types)
    names = [f.column for given in types.values() for f in given.fields]
    if side and side >= LEAST_SIDE and task == "classification" and _numbered(names):
        why = f"{side * side} numbered columns make a picture of {side} x {side}"
        found = _asked(PICTURE, types, rows=rows, task=task, head=head)
        return found._replace(why=why)
    shown = picture_of(types)
    if shown is not None and not side:
        found = _asked(PICTURE, types, rows=rows, task=task, head=head)
        return found._replace(why=f"pictures of {shown.height} x {shown.width} are convolved")
    proposal = propose(types, rows=rows, task=task, head=head)
    return Chosen(proposal.network.name, proposal.why, proposal)


def _asked(
    entry: str, types: Mapping[str, TensorType], *, rows: int, task: str, head: int
) -> Chosen:
    known = {f.entry: f for f in fits(types, task)}
    if entry not in known:
        raise NetworkError(
            f"no '{entry}' in the gallery", code="entry_unknown", do=nearest(entry, known),
            entry=entry,
        )  # fmt: skip
    found = known[entry]
    if found.why_not is not None:
        fitting = [f.entry for f in known.values() if f.why_not is None]
        raise NetworkError(
            f"'{entry}' does not fit: {found.why_not}", code="entry_misfit",
            do=f"These fit: {', '.join(fitting)}." if fitting else "", entry=entry,
        )  # fmt: skip
    proposal = found.kind().propose(types, rows=rows, task=task, head=head)
    return Chosen(entry, "it was asked for", proposal)


def _numbered(names: list[str]) -> bool:
    """Whether columns are called as pixels are: "pixel_0_1", "px12", all with one stem."""
    stems = {re.sub(r"\d+", "0", name) for name in names}
    return len(stems) == 1 and all(NUMBERED.fullmatch(name) for name in names)
