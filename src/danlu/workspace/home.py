"""Home: the folder a workspace lives in; its layout, its lock, and where it may not be."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from danlu.errors import ConflictError, StorageError

DATABASE, LOCK, LOG = "danlu.db", "danlu.lock", "log/predictions.db"
FOLDERS = ("log", "blobs", "cache", "tmp", "run")
SHARED = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "virtiofs", "fuse.sshfs", "ceph", "glusterfs")
MOUNTS = Path("/proc/self/mounts")


def lay_out(home: Path) -> Path:
    """Make the folders that are missing and return the absolute path."""
    home = home.absolute()
    for name in FOLDERS:
        folder = home / name
        if not folder.exists():
            folder.mkdir(mode=0o700 if name in ("run", "tmp") else 0o755, parents=True)
    return home


def filesystem_of(path: Path, mounts: str) -> str:
    """Return the type of the file system that holds ``path``, by the longest mount point."""
    lines = [line.split(" ") for line in mounts.splitlines()]
    points = {fields[1].replace("\\040", " "): fields[2] for fields in lines if len(fields) > 2}
    above = [str(p) for p in (path, *path.parents) if str(p) in points]
    return points[above[0]] if above else ""


def demand_local(home: Path) -> None:
    """Refuse a shared file system: two machines, or a lost lock, damage the database there."""
    if not MOUNTS.exists():
        return
    kind = filesystem_of(home.resolve(), MOUNTS.read_text("utf-8", errors="replace"))
    if kind in SHARED:
        raise StorageError(
            f"the workspace lies on a shared file system ({kind}), where databases get damaged",
            code="shared_filesystem", where=str(home),
            do="Use a folder on a local disk, or set any_filesystem = true in danlu.toml.",
        )  # fmt: skip


class Lock:
    """The workspace's lock: whoever holds it runs jobs and flips deployments."""

    def __init__(self, home: Path) -> None:
        self._path, self._file = home / LOCK, -1

    def take(self) -> None:
        """Hold the lock from now on; twice is fine."""
        if self._file >= 0:
            return
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(file)
            raise ConflictError(
                "another Danlu process works in this workspace", code="in_use",
                where=str(self._path.parent),
                do="Use its server (danlu.connect), or wait until it has ended.",
            ) from error  # fmt: skip
        self._file = file

    def release(self) -> None:
        """Let go."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
