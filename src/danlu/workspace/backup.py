"""Backup: a consistent copy of a workspace, taken while it runs, and the way back."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite

from danlu.data.durable import sync_folder
from danlu.errors import InvalidError, NotFoundError, StorageError

DATABASES = ("danlu.db", "log/predictions.db")
COPIED = ("danlu.toml",)


def backup(home: Path, folder: Path) -> dict[str, int]:
    """Copy databases by SQLite's online backup, then the blobs they may name.

    Databases go first: a blob is written before the row that names it, so every blob that the
    copied rows name is there when the blobs are copied.
    """
    if not (home / "danlu.db").exists():
        raise NotFoundError(
            "there is no workspace", code="workspace_missing", where=str(home),
            do="Name its folder with --home",
        )  # fmt: skip
    empty(folder)
    databases = [name for name in DATABASES if (home / name).exists()]
    for name in databases:
        copy_database(home / name, folder / name)
    blobs = copy_blobs(home / "blobs", folder / "blobs")
    for name in COPIED:
        if (home / name).exists():
            shutil.copy2(home / name, folder / name)
    sync_folder(folder)
    return {"databases": len(databases), "blobs": blobs}


def restore(folder: Path, home: Path) -> dict[str, int]:
    """Make a workspace in the empty folder ``home`` from a backup, verifying every blob."""
    if not (folder / "danlu.db").exists():
        raise NotFoundError(
            "this is no backup", code="backup_missing", where=str(folder),
            do="Name a folder that `danlu backup` wrote",
        )  # fmt: skip
    found = backup(folder, home)
    for name in DATABASES:
        check_database(home / name)
    return found


def empty(folder: Path) -> None:
    """Demand a folder with nothing in it; make it if it is not there."""
    if folder.exists() and any(folder.iterdir()):
        raise InvalidError(
            "the folder is not empty", code="folder_not_empty", where=str(folder),
            do="Name a new folder; nothing was written",
        )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)


def copy_database(source: Path, target: Path) -> None:
    """Copy one database as of one moment, whoever writes to it meanwhile."""
    target.parent.mkdir(parents=True, exist_ok=True)
    reader, writer = sqlite.connect(str(source)), sqlite.connect(str(target))
    try:
        reader.backup(writer)
        writer.execute("PRAGMA journal_mode=delete")
    finally:
        reader.close()
        writer.close()


def check_database(path: Path) -> None:
    """Demand that SQLite finds nothing wrong with a copied database."""
    if not path.exists():
        return
    reader = sqlite.connect(str(path))
    try:
        (verdict,) = reader.execute("PRAGMA integrity_check").fetchone()
    finally:
        reader.close()
    if verdict != "ok":
        raise StorageError(f"the database is damaged: {verdict}", where=str(path))


def copy_blobs(source: Path, target: Path) -> int:
    """Copy every blob, and stop at the first whose content no longer has its name's hash."""
    count = 0
    for path in sorted(p for p in source.rglob("*") if p.is_file()):
        content: Any = hashlib.file_digest(path.open("rb"), "sha256").hexdigest()
        if content != path.parent.name + path.name:
            raise StorageError(
                "a blob is damaged", code="blob_damaged", where=str(path),
                do="Restore it from an older backup, or delete what refers to it",
            )  # fmt: skip
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
        count += 1
    return count
