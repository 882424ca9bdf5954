"""Folder: a folder of pictures as one zip, always the same bytes for the same pictures."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from danlu.errors import DataError

BEGINNING = (1980, 1, 1, 0, 0, 0)
"""When every member was made: a folder that is packed twice is recognised by its bytes."""


@contextmanager
def as_file(path: Path, scratch: Path | None = None) -> Iterator[Path]:
    """Give a file as it is, and a folder as a zip that is gone afterwards."""
    if not path.is_dir():
        yield path
        return
    if scratch is not None:
        scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as temp:
        yield _packed(path, Path(temp) / f"{path.name}.zip")


def _packed(folder: Path, target: Path) -> Path:
    """Pack plain files only, in order of their paths; pictures are compressed already."""
    members = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    if not members:
        raise DataError("the folder is empty", code="no_files", where=f"folder '{folder.name}'",
                        do="Name a folder with pictures in it.")  # fmt: skip
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for member in members:
            info = zipfile.ZipInfo(member.relative_to(folder).as_posix(), BEGINNING)
            with member.open("rb") as file, archive.open(info, "w") as packed:
                shutil.copyfileobj(file, packed)
    return target
