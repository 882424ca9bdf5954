"""Blobs: bytes kept under their sha256, verified before they are first read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Set
from pathlib import Path


class Blobs(ABC):
    """Keeps bytes by content: the same bytes twice are kept once and never change."""

    @abstractmethod
    def put_bytes(self, content: bytes) -> str:
        """Keep bytes durably and return their sha256."""

    @abstractmethod
    def put_file(self, path: Path) -> str:
        """Keep a copy of a file durably, streamed, and return its sha256."""

    @abstractmethod
    def path(self, sha256: str) -> Path:
        """Return where the bytes lie, read-only; verified the first time in this process."""

    @abstractmethod
    def read(self, sha256: str) -> bytes:
        """Return verified bytes."""

    @abstractmethod
    def has(self, sha256: str) -> bool:
        """Tell whether these bytes are kept."""

    @abstractmethod
    def delete(self, sha256: str) -> None:
        """Let go of bytes; nothing happens when they are not kept."""

    @abstractmethod
    def sweep(self, keep: Set[str], *, now: float, older_than_s: float) -> int:
        """Delete left-over temporary files and old bytes not in ``keep``; return how many."""
