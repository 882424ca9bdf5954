"""Models: a packed winner becomes the next version of a name; its files become blobs."""

from __future__ import annotations

from pathlib import Path

from danlu.store.blobs.base import Blobs
from danlu.store.records import Model
from danlu.store.transaction import Transaction


def keep(blobs: Blobs, folder: Path) -> dict[str, str]:
    """Put every file of a bundle into the blob store: file name -> SHA-256."""
    return {path.name: blobs.put_file(path) for path in sorted(folder.iterdir())}


def register(tx: Transaction, draft: Model) -> Model:
    """Give a model the next version of its name and remember it."""
    versions = [m.version for m in tx.all(Model, project=draft.project, name=draft.name)]
    return tx.insert(draft.model_copy(update={"version": max(versions, default=0) + 1}))
