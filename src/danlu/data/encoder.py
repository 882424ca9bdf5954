"""Encoder: the columns of one dataset as network inputs; fitted on train rows, kept as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import SerializeAsAny, field_validator

from danlu.data.dataset import Column, Schema, Table, kind_class
from danlu.data.kinds.base import Encode, Kind, Values
from danlu.errors import DataError, nearest
from danlu.params import Params
from danlu.tensor import Axis, Field, TensorType

_Block = tuple[tuple[str, ...], Encode]
"""Neighbouring columns of one kind, and the function that encodes them together."""


class Encoder(Params):
    """Fitted state of every column, per network input, in the order of the slots."""

    inputs: dict[str, tuple[SerializeAsAny[Kind], ...]]

    @field_validator("inputs", mode="before")
    @classmethod
    def _by_kind(cls, inputs: Any) -> Any:
        """Give every state from JSON to the class its ``kind`` names."""
        return {name: tuple(_state(s) for s in states) for name, states in inputs.items()}

    @classmethod
    def fit(cls, table: Table, schema: Schema, inputs: Mapping[str, Sequence[str]]) -> Encoder:
        """Fit every column of every input on these (train) rows."""
        return cls(inputs={name: _fit(table, schema, names) for name, names in inputs.items()})

    def columns(self) -> tuple[Column, ...]:
        """List the raw columns a prediction needs, each once."""
        found = {s.column: s for states in self.inputs.values() for s in states}
        return tuple(
            Column(name=name, kind=type(s).__module__.rpartition(".")[2], style=s.style)
            for name, s in found.items()
        )

    def types(self) -> dict[str, TensorType]:
        """Say what each input is: float32, with its axes and the columns it is read from."""
        return {name: _type(states) for name, states in self.inputs.items()}

    def encode(self, table: Table) -> dict[str, NDArray[np.float32]]:
        """Encode the rows of a table: {input: float32 (rows, *axes)}, C-contiguous."""
        return {
            name: _encode(self._blocks[name], table).reshape(-1, *_sizes(states))
            for name, states in self.inputs.items()
        }

    def kept(
        self, table: Table, encoded: Mapping[str, NDArray[np.float32]]
    ) -> dict[str, list[Any]]:
        """Return what a log keeps of cells that are files, by column: all that a network saw."""
        return {
            state.column: _kept(state, table[state.column], encoded[name])
            for name, (state, *_) in self.inputs.items()
            if state.stored == "BLOB"
        }

    def warnings(self, table: Table) -> list[dict[str, Any]]:
        """Name every label the train rows did not have; it counts as "other"."""
        return [
            {"row": row, "column": column, "code": "unseen_category", "value": value}
            for column, known in self._known.items()
            if not known.issuperset(values := table[column].tolist())
            for row, value in enumerate(values)
            if value not in known
        ]

    @cached_property
    def _blocks(self) -> dict[str, list[_Block]]:
        return {name: _blocks(states) for name, states in self.inputs.items()}

    @cached_property
    def _known(self) -> dict[str, frozenset[str | None]]:
        return {
            s.column: frozenset((None, *getattr(s, "values", ())))
            for states in self.inputs.values()
            for s in states
            if s.cardinality is not None
        }

    def form(self) -> list[dict[str, Any]]:
        """Describe each raw column for an input form: name, kind, known values or bounds."""
        found = {s.column: s for states in self.inputs.values() for s in states}
        return [
            {"name": c.name, "kind": c.kind, **found[c.name].form()} for c in self.columns()
        ]  # fmt: skip


def _state(state: Any) -> Kind:
    if isinstance(state, Kind):
        return state
    return kind_class(str(state.get("kind"))).model_validate(state)


def _blocks(states: Sequence[Kind]) -> list[_Block]:
    grouped: dict[type[Kind], list[Kind]] = {}
    for state in states:
        grouped.setdefault(type(state), []).append(state)
    return [(tuple(s.column for s in same), kind.encoder(same)) for kind, same in grouped.items()]


def _fit(table: Table, schema: Schema, names: Sequence[str]) -> tuple[Kind, ...]:
    """Fit columns; those of one kind lie side by side, so that they are encoded at once."""
    chosen = [schema.column(name) for name in names]
    for column in chosen:
        if not column.type.usable:
            raise DataError(
                f"column '{column.name}' is {column.kind}: no network reads it",
                code="column_unusable", column=column.name, do="Leave it out of the inputs.",
            )  # fmt: skip
    kinds = list(dict.fromkeys(c.kind for c in chosen))
    chosen.sort(key=lambda c: kinds.index(c.kind))
    states = [c.type.fit(c.name, table[c.name], c.style) for c in chosen]
    kept = tuple(s for s in states if s.width)
    if not kept:
        raise DataError(
            "these columns hold nothing a network can read", code="no_columns",
            where=", ".join(names), do="Add a number, boolean or category column.",
        )  # fmt: skip
    alone = next((s for s in kept if len(s.axes) > 1), None)
    if alone is not None and len(kept) > 1:
        raise DataError(
            f"column '{alone.column}' is an input of its own", code="input_alone",
            where=", ".join(s.column for s in kept), column=alone.column,
            do="Give it an input that reads nothing else.",
        )  # fmt: skip
    return kept


def _type(states: Sequence[Kind]) -> TensorType:
    starts = np.cumsum([0, *(s.width for s in states)]).tolist()
    fields = tuple(
        Field(column=s.column, start=start, width=s.width, cardinality=s.cardinality)
        for s, start in zip(states, starts, strict=False)
    )
    pairs = zip(states[0].axes, _sizes(states), strict=True)
    return TensorType(axes=tuple(Axis(name=n, size=s) for n, s in pairs), fields=fields)


def _sizes(states: Sequence[Kind]) -> tuple[int, ...]:
    """Return the sizes of an input: of the one column it is, or of all its slots in a row."""
    first = states[0]
    return first.shape if len(first.axes) > 1 else (sum(s.width for s in states),)


def _kept(state: Kind, values: Values, encoded: NDArray[np.float32]) -> list[Any]:
    known = [row for row, value in enumerate(values.tolist()) if value is not None]
    seen: list[Any] = [None] * len(values)
    for row, value in zip(known, state.plain(state.decode(encoded[known])), strict=True):
        seen[row] = value
    return seen


def _encode(blocks: Sequence[_Block], table: Table) -> NDArray[np.float32]:
    parts = [encode([table[name] for name in names]) for names, encode in blocks]
    return np.ascontiguousarray(parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1))


def select(schema: Schema, selector: Mapping[str, Any], target: str) -> list[str]:
    """Choose columns by ``{"columns": [...]}``, ``{"kinds": [...]}`` or, by ``{}``, all usable.

    Never the target, ids or text; by ``{}`` pictures only where there is nothing else.

    >>> schema = Schema(columns=[Column(name="n", kind="number"), Column(name="y", kind="number")])
    >>> select(schema, {}, target="y")
    ['n']
    """
    schema.column(target)
    for key in selector.keys() - {"columns", "kinds"}:
        raise DataError(
            f"no selector '{key}'", code="selector_unknown", do=nearest(key, ("columns", "kinds"))
        )
    kinds = selector.get("kinds")
    for kind in kinds or ():
        kind_class(kind)
    chosen = [schema.column(name) for name in selector.get("columns", schema.names)]
    if "columns" in selector and target in selector["columns"]:
        raise DataError(
            f"input column '{target}' is the target", code="target_in_inputs", column=target,
            do="Leave it out: at prediction time it is not known.",
        )  # fmt: skip
    fitting = [c for c in chosen if _fits(c, kinds) and c.name != target]
    if not selector:
        fitting = [c for c in fitting if len(c.type.axes) == 1] or fitting
    named = [c.name for c in fitting]
    if not named:
        raise DataError(
            "the input selects no column", code="no_columns", where=str(dict(selector)),
            do="Select at least one number, boolean, category or datetime column.",
        )  # fmt: skip
    return named


def usual_inputs(schema: Schema, target: str) -> dict[str, dict[str, Any]]:
    """Return the selector of each input nobody named: a table, and one for each other column.

    >>> columns = [Column(name="n", kind="number"), Column(name="photo", kind="image")]
    >>> usual_inputs(Schema(columns=columns), target="y")
    {'table': {}, 'image': {'columns': ['photo']}}
    """
    usable = [c for c in schema.columns if c.type.usable and c.name != target]
    alone = [c for c in usable if len(c.type.axes) > 1]
    found: dict[str, dict[str, Any]] = {"table": {}} if len(alone) < len(usable) else {}
    for column in alone:
        number = sum(name.startswith(column.kind) for name in found) + 1
        name = column.kind if number == 1 else f"{column.kind}_{number}"
        found[name] = {"columns": [column.name]}
    return found or {"table": {}}


def _fits(column: Column, kinds: Sequence[str] | None) -> bool:
    return column.type.usable and (kinds is None or column.kind in kinds)
