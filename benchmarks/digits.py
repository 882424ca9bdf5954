"""Digits: the data, the space and the budget that every side of `search.py` is given."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

TRIALS, EPOCHS, BATCH, SLOTS = 24, 30, 64, 2
WIDTHS = (32, 64, 128, 256)
DEPTHS = (1, 3)
DROPOUT, RATE, DECAY = (0.0, 0.5), (1e-4, 3e-2), (1e-6, 1e-1)
Arrays = tuple[np.ndarray[Any, Any], ...]


def digits() -> Arrays:
    """Return train and validation pixels, then train and validation labels."""
    found = load_digits()
    x = (found.data / 16 - 0.3).astype(np.float32)
    parts = train_test_split(x, found.target, test_size=0.25, random_state=0, stratify=found.target)
    return parts[0], parts[1], parts[2].astype(np.int64), parts[3].astype(np.int64)
