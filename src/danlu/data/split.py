"""Split: which rows train, which choose (valid), which are touched once at the end (test)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from danlu.data.dataset import Table
from danlu.errors import DataError, InvalidError, nearest
from danlu.params import Params

Rows = NDArray[np.int64]
BINS = 10
"""A numeric target is stratified by this many quantile bins."""


class Split(Params):
    """How rows are divided."""

    method: Literal["time", "stratified", "random", "group"]
    valid: float = Field(0.15, gt=0, lt=1)
    test: float = Field(0.15, gt=0, lt=1)
    seed: int = 0
    gap: int = Field(0, ge=0)
    """Rows left out before valid and before test (time only), when labels look ahead."""
    key: str | None = None
    """Column whose equal values stay together (group only)."""

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read a split, saying which field is wrong and why.

        >>> Split.of({"method": "time", "test": 0.2}).test
        0.2
        """
        try:
            return cls.model_validate(dict(document))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise InvalidError(
                f"{field} = {first['input']!r} cannot be used", code="value_invalid",
                where="split", do=f"{first['msg']}.", field=field,
            ) from error  # fmt: skip


def split(
    table: Table, how: Split, *, time: str | None = None, target: NDArray[Any] | None = None
) -> dict[str, Rows]:
    """Divide rows: "train", "valid", "test" -> sorted row numbers; rows without target in none."""
    count = len(next(iter(table.values()))) if table else len(target if target is not None else ())
    rows = np.arange(count, dtype=np.int64)
    if target is not None:
        rows = rows[_known(target)]
    if how.valid + how.test >= 1:
        raise DataError("valid and test leave no row to train on", code="split", do="Lower them.")
    if how.method == "time":
        parts = _by_time(rows, _column(table, time, "time"), how)
    elif how.method == "group":
        parts = _by_group(rows, _column(table, how.key, "key"), how)
    else:
        strata = _strata(target, rows) if how.method == "stratified" else np.zeros(len(rows))
        parts = _by_stratum(rows, strata, how)
    for name, part in parts.items():
        if not len(part):
            raise DataError(
                f"{len(rows)} rows leave none for '{name}'", code="too_few_rows",
                where=f"split by {how.method}", rows=len(rows),
                do="Add rows, or make that part of the split larger.",
            )  # fmt: skip
    return {name: np.sort(part) for name, part in parts.items()}


def _known(target: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which targets are there: not None, NaN, NaT, or an encoded -1."""
    known: NDArray[np.bool_]
    if target.dtype == object:
        known = np.array([v is not None for v in target.tolist()], dtype=np.bool_)
    elif target.dtype.kind in "fM":
        known = ~(np.isnat(target) if target.dtype.kind == "M" else np.isnan(target))
    else:
        known = target != -1
    return known


def _column(table: Table, name: str | None, role: str) -> NDArray[Any]:
    if name is None or name not in table:
        raise DataError(
            f"the split needs a {role} column" + (f", but there is no '{name}'" if name else ""),
            code="column_missing", column=name, do=nearest(name or "", table),
        )  # fmt: skip
    return table[name]


def _by_time(rows: Rows, moments: NDArray[Any], how: Split) -> dict[str, Rows]:
    """Cut forward in time, never through one moment; rows without a time come first."""
    at = moments[rows]
    at = (at.astype("datetime64[us]").astype(np.int64) if at.dtype.kind == "M" else at).copy()
    if at.dtype.kind == "f":
        at[np.isnan(at)] = -np.inf
    order = np.argsort(at, kind="stable")
    rows, at = rows[order], at[order]
    valid = _before(at, len(rows) * (1 - how.valid - how.test))
    test = _before(at, len(rows) * (1 - how.test))
    return {
        "train": rows[: max(valid - how.gap, 0)],
        "valid": rows[valid : max(test - how.gap, valid)],
        "test": rows[test:],
    }


def _before(at: NDArray[Any], position: float) -> int:
    """Move a cut to the start of the moment it would go through, or to its end if that is 0."""
    if not len(at):
        return 0
    moment = at[min(round(position), len(at) - 1)]
    start = int(np.searchsorted(at, moment, side="left"))
    return start or int(np.searchsorted(at, moment, side="right"))


def _by_group(rows: Rows, keys: NDArray[Any], how: Split) -> dict[str, Rows]:
    """Deal whole groups, in random order, until each part is full; no key = a group of its own."""
    names = [
        f"\0{row}" if k is None or k != k else str(k)
        for row, k in zip(rows, keys[rows].tolist(), strict=True)
    ]
    groups, of = np.unique(np.array(names, dtype=object).astype(str), return_inverse=True)
    order = np.random.default_rng(how.seed).permutation(len(groups))
    place = np.empty_like(order)
    place[order] = np.arange(len(groups))
    filled = np.cumsum(np.bincount(of, minlength=len(groups))[order]) / max(len(rows), 1)
    of_group = np.digitize(filled - 1e-12, [how.test, how.test + how.valid])
    if len(groups) > 2 and not {0, 1} <= set(of_group.tolist()):
        of_group[:2] = 0, 1  # few large groups: one each, rather than none
    part = of_group[place[of]]
    return {"train": rows[part == 2], "valid": rows[part == 1], "test": rows[part == 0]}


def _strata(target: NDArray[Any] | None, rows: Rows) -> NDArray[Any]:
    """Return the class of each row, or the quantile bin of a numeric target."""
    if target is None:
        raise DataError("a stratified split needs the target", code="split", do="Split at random.")
    values = target[rows]
    if values.dtype == object:
        values = values.astype(str)
    elif values.dtype.kind == "f" and len(np.unique(values)) > 2 * BINS:
        edges = np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1])
        values = np.digitize(values, edges)
    stratum: Rows = np.unique(values, return_inverse=True)[1]
    return stratum


def _by_stratum(rows: Rows, strata: NDArray[Any], how: Split) -> dict[str, Rows]:
    """Shuffle, then spread each stratum evenly over the order and cut once."""
    rng = np.random.default_rng(how.seed)
    shuffled = rng.permutation(len(rows))
    rows, strata = rows[shuffled], strata[shuffled]
    spread = np.empty(len(rows))
    for stratum in np.unique(strata):
        inside = np.flatnonzero(strata == stratum)
        spread[inside] = (np.arange(len(inside)) + rng.random()) / len(inside)
    order = np.argsort(spread, kind="stable")
    test = round(len(rows) * how.test)
    valid = test + round(len(rows) * how.valid)
    return {
        "train": rows[order[valid:]],
        "valid": rows[order[test:valid]],
        "test": rows[order[:test]],
    }
