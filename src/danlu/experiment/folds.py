"""Folds: further ways to divide train and validation rows, so that a trial is judged k times.

The first way is the split itself: its networks become the model. The others only steady the
figures a trial is compared by; the test rows stay out of all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from danlu.data.dataset import Table
from danlu.data.split import Split

Rows = NDArray[np.int64]
Parts = dict[str, Rows]


def folder_of(encoded: Path, fold: int) -> Path:
    """Return where the arrays of a fold lie; fold 0 is the split itself."""
    return encoded / f"fold_{fold}" if fold else encoded


def more_folds(
    parts: Mapping[str, Rows], how: Split, k: int, *, table: Table, time: str | None,
    target: NDArray[Any],
) -> list[Parts]:  # fmt: skip
    """Return the ``k - 1`` further divisions of the rows that train and choose.

    Forward in time a fold judges an earlier stretch and learns from what came before it; groups
    stay whole; else every fold has its share of each class or of each size of the target.
    """
    pool = np.sort(np.concatenate([parts["train"], parts["valid"]]))
    if how.method == "time" and time is not None:
        return _backward(pool, table[time], len(parts["valid"]), k)
    if how.method == "group" and how.key is not None:
        label = _dealt(table[how.key][pool], k, how.seed)
    else:
        label = _spread(target[pool], k, how.seed)
    return [{"train": pool[label != fold], "valid": pool[label == fold]} for fold in range(1, k)]


def _backward(pool: Rows, moments: NDArray[Any], size: int, k: int) -> list[Parts]:
    """Move the validation stretch back by its own length, as long as half the rows stay before."""
    order = pool[np.argsort(moments[pool], kind="stable")]
    size = max(1, min(size, len(pool) // (2 * k)))
    ends = [len(order) - fold * size for fold in range(1, k)]
    return [
        {"train": np.sort(order[: end - size]), "valid": np.sort(order[end - size : end])}
        for end in ends
    ]


def _dealt(keys: NDArray[Any], k: int, seed: int) -> Rows:
    """Deal whole groups over the folds; a row without a key is a group of its own."""
    named = [f"\0{i}" if v is None or v != v else str(v) for i, v in enumerate(keys.tolist())]
    groups, of = np.unique(np.array(named), return_inverse=True)
    found: Rows = (np.random.default_rng(seed).permutation(len(groups)) % k)[of]
    return found


def _spread(target: NDArray[Any], k: int, seed: int) -> Rows:
    """Deal rows in the order of their target, equal ones shuffled."""
    chance = np.random.default_rng(seed).random(len(target))
    order = np.lexsort((chance, target))
    label = np.empty(len(target), dtype=np.int64)
    label[order] = np.arange(len(target)) % k
    return label
