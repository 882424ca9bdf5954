"""Doctor: which protections are up on this machine, and what to mend."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable
from importlib import metadata, resources
from pathlib import Path
from typing import TypedDict

import psutil
from pysqlite3 import dbapi2 as sqlite

OLDEST_SQLITE = (3, 51, 3)
LEAST_FREE = 500_000_000
NETWORK_DISKS = {"nfs", "nfs4", "cifs", "smb3", "fuse", "fuse.sshfs", "virtiofs", "9p"}


class Finding(TypedDict):
    """One check: ``ok`` is None where there is nothing to mend, only to know."""

    check: str
    ok: bool | None
    found: str
    do: str


def examine(home: Path) -> list[Finding]:
    """Run every check; none of them changes anything."""
    checks: tuple[Callable[[Path], Finding], ...] = (
        database_engine, disk_kind, disk_room, page, cores, memory, trainer_walls, versions,
    )  # fmt: skip
    return [check(existing(home)) for check in checks]


def existing(home: Path) -> Path:
    """Return ``home``, or the nearest folder above it that exists."""
    path = home.resolve()
    while not path.exists():
        path = path.parent
    return path


def database_engine(_: Path) -> Finding:
    """SQLite before 3.51.3 can lose committed rows in WAL mode (the WAL-reset bug)."""
    ok = sqlite.sqlite_version_info >= OLDEST_SQLITE
    do = "" if ok else "pip install -U pysqlite3"
    return Finding(check="SQLite engine", ok=ok, found=sqlite.sqlite_version, do=do)


def disk_kind(home: Path) -> Finding:
    """WAL needs shared memory and honest locks; network file systems have neither."""
    mounts = {Path(p.mountpoint): p.fstype for p in psutil.disk_partitions(all=True)}
    kind = next((mounts[p] for p in (home, *home.parents) if p in mounts), "unknown")
    ok = kind not in NETWORK_DISKS
    do = "" if ok else "Move the workspace to a local disk"
    return Finding(check="file system", ok=ok, found=kind, do=do)


def disk_room(home: Path) -> Finding:
    """Writes stop before the disk is full, so that nothing is half-written."""
    free = shutil.disk_usage(home).free
    ok = free >= LEAST_FREE
    do = "" if ok else "Free some space; new work is refused below 500 MB"
    return Finding(check="free disk", ok=ok, found=f"{free / 1e9:.1f} GB", do=do)


def page(_: Path) -> Finding:
    """The page is built into the wheel; a checkout builds it once."""
    ok = (resources.files("danlu") / "web" / "index.html").is_file()
    return Finding(check="page", ok=ok, found="there" if ok else "missing",
                   do="" if ok else "make web")  # fmt: skip


def cores(_: Path) -> Finding:
    """Trainers share these with serving, at a lower priority."""
    return Finding(check="cores", ok=None, found=str(len(os.sched_getaffinity(0))), do="")


def memory(_: Path) -> Finding:
    """What is free for trainers."""
    free = psutil.virtual_memory().available
    return Finding(check="free memory", ok=None, found=f"{free / 1e9:.1f} GB", do="")


def trainer_walls(_: Path) -> Finding:
    """What keeps a trainer inside: own session, death signal, no new privileges (Linux)."""
    linux = sys.platform.startswith("linux")
    walls = "session, death signal, no-new-privileges" if linux else "session only"
    do = "" if linux else "On Linux a trainer also dies with its engine"
    return Finding(check="trainer walls", ok=None, found=walls, do=do)


def versions(_: Path) -> Finding:
    """What runs here; to be quoted in a report."""
    parts = [f"Python {platform.python_version()}"]
    for name in ("danlu", "torch", "onnxruntime", "duckdb"):
        try:
            parts.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            parts.append(f"no {name}")
    return Finding(check="versions", ok=None, found=", ".join(parts), do="")
