"""Durable: the one way a file or folder comes into being whole: temp, fsync, rename, fsync."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from danlu.errors import StorageError


def write_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` so that after a crash ``path`` is the old file or the new one."""
    temp = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temp.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temp.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise _full(path, error) from error
    finally:
        temp.unlink(missing_ok=True)


def replace_file(temp: Path, final: Path) -> None:
    """Move a finished file (same file system) to its name, durably."""
    try:
        sync_file(temp)
        temp.replace(final)
        sync_folder(final.parent)
    except OSError as error:
        raise _full(final, error) from error


def replace_folder(temp: Path, final: Path) -> None:
    """Move a finished folder (same file system) to its name, durably; an older one goes away."""
    try:
        for path in sorted(temp.rglob("*")):
            sync_folder(path) if path.is_dir() else sync_file(path)
        sync_folder(temp)
        old = final.with_name(f".{final.name}.{secrets.token_hex(4)}.old")
        if final.exists():
            final.replace(old)
        temp.replace(final)
        sync_folder(final.parent)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise _full(final, error) from error


def sync_file(path: Path) -> None:
    """Force one file's bytes to the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Force a folder's entries (creations, renames) to the disk."""
    number = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _full(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"cannot write '{path.name}': {error.strerror or error}",
        where=f"folder '{path.parent}'",
        do="Free some space or repair the disk, then try again; nothing accepted before is lost.",
        errno=error.errno,
    )
