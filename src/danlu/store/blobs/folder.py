"""Folder: blobs as files `ab/cdef…` below one folder, written once, fsynced, verified."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import uuid
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from pathlib import Path

from danlu.data.durable import sync_folder
from danlu.errors import NotFoundError, StorageError
from danlu.store.blobs.base import Blobs

CHUNK = 1 << 20
_NAME = re.compile(r"[0-9a-f]{64}")


class FolderBlobs(Blobs):
    """Content-addressed files; written in the `tmp` folder beside, renamed once on the disk."""

    def __init__(self, root: Path) -> None:
        self.root, self._temp = root, root.parent / "tmp"
        self._verified: dict[str, tuple[int, int]] = {}
        for folder in (self.root, self._temp):
            folder.mkdir(parents=True, exist_ok=True)

    def put_bytes(self, content: bytes) -> str:
        """Keep bytes."""
        return self._keep([content])

    def put_file(self, path: Path) -> str:
        """Keep a copy of a file."""
        with path.open("rb") as file:
            return self._keep(iter(lambda: file.read(CHUNK), b""))

    def path(self, sha256: str) -> Path:
        """Return where the bytes lie."""
        place = self._place(sha256)
        try:
            found = place.stat()
        except FileNotFoundError as error:
            raise NotFoundError(
                f"no bytes {sha256[:12]}… are kept", code="blob_missing", where=str(self.root),
                do="Restore the folder from a backup.", sha256=sha256,
            ) from error  # fmt: skip
        state = (found.st_size, found.st_mtime_ns)
        if self._verified.get(sha256) != state:
            self._verify(place, sha256)
            self._verified[sha256] = state
        return place

    def read(self, sha256: str) -> bytes:
        """Return verified bytes."""
        return self.path(sha256).read_bytes()

    def has(self, sha256: str) -> bool:
        """Tell whether these bytes are kept."""
        return self._place(sha256).exists()

    def delete(self, sha256: str) -> None:
        """Let go of bytes."""
        self._place(sha256).unlink(missing_ok=True)
        self._verified.pop(sha256, None)

    def sweep(self, keep: Set[str], *, now: float, older_than_s: float) -> int:
        """Delete old temporary files and old bytes that no row mentions."""
        old = now - older_than_s
        blobs = (
            p for p in self.root.glob("[0-9a-f][0-9a-f]/*") if p.parent.name + p.name not in keep
        )
        gone = [p for p in (*self._temp.glob("blob-*"), *blobs) if p.stat().st_mtime < old]
        for path in gone:
            path.unlink(missing_ok=True)
            self._verified.pop(path.parent.name + path.name, None)
        return len(gone)

    def _keep(self, chunks: Iterable[bytes]) -> str:
        """Write, fsync, rename, fsync the folder; bytes that are there already count as new."""
        temp = self._temp / f"blob-{uuid.uuid4().hex}"
        with _our_words(self.root):
            try:
                sha256 = _write(temp, chunks)
                self._name(temp, self._place(sha256))
            finally:
                temp.unlink(missing_ok=True)
        return sha256

    def _name(self, temp: Path, place: Path) -> None:
        """Give a finished file its name, durably."""
        fresh = not place.parent.exists()
        place.parent.mkdir(exist_ok=True)
        temp.replace(place)
        sync_folder(place.parent)
        if fresh:
            sync_folder(self.root)

    def _place(self, sha256: str) -> Path:
        if not _NAME.fullmatch(sha256):
            raise NotFoundError(f"'{sha256[:80]}' is no sha256", code="blob_name")
        return self.root / sha256[:2] / sha256[2:]

    def _verify(self, place: Path, sha256: str) -> None:
        """Hash the file; a flipped bit must not reach a parser."""
        with place.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != sha256:
            raise StorageError(
                f"the bytes of {sha256[:12]}… have changed on the disk", code="blob_damaged",
                where=str(place), do="Restore this file from a backup and check the disk.",
                sha256=sha256, found=found,
            )  # fmt: skip


def _write(temp: Path, chunks: Iterable[bytes]) -> str:
    """Write a read-only file that is on the disk, and return the hash of its bytes."""
    digest = hashlib.sha256()
    with temp.open("xb") as file:
        for chunk in chunks:
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fchmod(file.fileno(), 0o444)
        os.fsync(file.fileno())
    return digest.hexdigest()


@contextmanager
def _our_words(root: Path) -> Iterator[None]:
    """Say a full or failing disk in our words."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise StorageError(
            "the disk is full; the file was not kept" if full else f"writing failed: {error}",
            code="disk_full" if full else "io_error", where=str(root),
            do="Free some space and try again." if full else "Check the disk (dmesg, df).",
        ) from error  # fmt: skip
