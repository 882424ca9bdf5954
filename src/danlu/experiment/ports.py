"""Ports: what conducting an experiment reaches outside for, given by whoever calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from danlu.execute.base import Executor
from danlu.store.backends.base import Store
from danlu.store.blobs.base import Blobs
from danlu.store.records import Identity


@dataclass(frozen=True)
class Ports:
    """Where rows, files and work go; under a lease ``store`` is a fenced one."""

    store: Store
    who: Identity
    blobs: Blobs
    executor: Executor
    home: Path
    now: Callable[[], float]
