"""Store: the law every backend keeps (see `danlu.testing.stores` for the law as tests)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager

from danlu.store.records import Identity
from danlu.store.transaction import Transaction


class Store(ABC):
    """Remembers records. Any number of processes and threads may write, one at a time."""

    @abstractmethod
    def begin(self, who: Identity, *, write: bool = True) -> AbstractContextManager[Transaction]:
        """Open a transaction as ``who``; leaving it commits durably, an error undoes it."""

    @abstractmethod
    def authenticate(self, sha256: str, *, now: float | None = None) -> Identity | None:
        """Return whose key or login has this hash; with ``now`` an idle login is over."""

    @abstractmethod
    def broken(self) -> str:
        """Return the I/O error since which nothing is written, or an empty string."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the database."""
