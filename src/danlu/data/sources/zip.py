"""Zip: pictures in an archive, a folder for each class; nothing is laid out on disk by its name."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import ClassVar, NamedTuple

import duckdb

from danlu.data import media, picture
from danlu.data.kinds.base import objects
from danlu.data.raw import FREE, RATIO, Raw
from danlu.data.sources.base import (
    BYTES,
    LISTED,
    MAX_MEMBERS,
    TEXT,
    RawColumn,
    Reject,
    Source,
    literal,
)
from danlu.errors import DataError, TooLargeError

AT_ONCE, AT_ONCE_BYTES = 1024, 32 << 20
"""Pictures that are written together; memory does not grow with the archive."""
_ENCRYPTED = 1
_JUNK = ("__MACOSX", "Thumbs.db", "desktop.ini")
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError)
_REASONS = {"picture_foreign": "not a picture", "picture_broken": "a damaged picture"}


class _Shown(NamedTuple):
    """A picture that could be read."""

    row: int
    file: str
    label: str | None
    content: bytes


class Zip(Source):
    """Columns: image, file (its path), and label where folders differ."""

    form: ClassVar[str] = "zip"

    def __init__(self, raw: Raw, columns: tuple[RawColumn, ...], rejects: list[Reject]) -> None:
        self.raw, self.columns = raw, columns
        self._rejects = rejects
        self.dialect = {"form": "zip", "compression": "zip"}

    @classmethod
    def open(cls, raw: Raw, db: duckdb.DuckDBPyConnection) -> Zip:
        """Read every picture once; what is none, or damaged, is rejected by its path."""
        rejects: list[Reject] = []
        try:
            with zipfile.ZipFile(raw.path) as archive:
                members = _members(archive, raw)
                with_labels = len({_folder(m) for m in members}) > 1
                shown = _read(archive, members, rejects, with_labels=with_labels)
                _write(db, _folder_of(raw), shown)
        except _DAMAGE as error:
            raise DataError(
                "the zip archive is damaged", code="zip_damaged", where=raw.where,
                do="Make or copy it again.", reason=str(error)[:TEXT],
            ) from error  # fmt: skip
        columns = [
            RawColumn(name="image", type=BYTES, kind="image"),
            RawColumn(name="file", kind="id"),
        ]
        if with_labels:
            columns.append(RawColumn(name="label", kind="category"))
        return cls(raw, tuple(columns), rejects)

    def relation(self, *, numbered: bool = False) -> str:
        """Read what was written; the row is the place in the archive."""
        names = [f"c{i}" for i in range(len(self.columns))] + (["row"] if numbered else [])
        return f"(SELECT {', '.join(names)} FROM read_parquet({literal(_written(self.raw))}))"

    def broken(self, db: duckdb.DuckDBPyConnection) -> tuple[int, list[Reject]]:  # noqa: ARG002
        """List what was no picture."""
        return len(self._rejects), self._rejects[:LISTED]

    def lines(self, rows: Sequence[int]) -> list[int]:
        """Members are numbered from 1."""
        return list(rows)


def _folder_of(raw: Raw) -> Path:
    folder = raw.folder / "pictures"
    folder.mkdir()
    return folder


def _written(raw: Raw) -> str:
    return str(raw.folder / "pictures" / "*.parquet")


def _members(archive: zipfile.ZipFile, raw: Raw) -> list[zipfile.ZipInfo]:
    """List the files in order of their paths; refuse what no honest archive holds."""
    found = [m for m in archive.infolist() if not m.is_dir() and not _is_junk(m.filename)]
    names = [m.filename for m in found]
    if "[Content_Types].xml" in names:
        raise DataError("this is an Excel workbook, not a table", code="not_a_table",
                        where=raw.where, do="Save the sheet as CSV.")  # fmt: skip
    if not any(Path(n).suffix.lower() in _SUFFIXES for n in names):
        raise DataError(
            "the zip archive holds no picture", code="not_a_table", where=raw.where,
            do="Put PNG, JPEG, WEBP or BMP files into it; import tables unpacked.",
        )  # fmt: skip
    for check in (_refuse_tricks, _refuse_bombs):
        check(found, raw)
    return sorted(found, key=lambda m: m.filename)


_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")


def _is_junk(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(p in _JUNK or (p.startswith(".") and p != "..") for p in parts)


def _refuse_tricks(members: Sequence[zipfile.ZipInfo], raw: Raw) -> None:
    """Refuse paths that lead out, links, and locked members."""
    tricks: tuple[tuple[str, Callable[[zipfile.ZipInfo], bool]], ...] = (
        ("leads out of the archive", _leads_out),
        ("is a link", lambda m: stat.S_ISLNK(m.external_attr >> 16)),
        ("is encrypted", lambda m: bool(m.flag_bits & _ENCRYPTED)),
    )
    for member in members:
        for what, is_so in tricks:
            if is_so(member):
                raise DataError(
                    f"'{member.filename[:TEXT]}' {what}", code="zip_unsafe", where=raw.where,
                    do="Make the archive again, of plain files below one folder.",
                    member=member.filename[:TEXT],
                )  # fmt: skip


def _leads_out(member: zipfile.ZipInfo) -> bool:
    name = member.filename
    return name.startswith("/") or ".." in PurePosixPath(name).parts or "\\" in name or ":" in name


def _refuse_bombs(members: Sequence[zipfile.ZipInfo], raw: Raw) -> None:
    total, most = sum(m.file_size for m in members), max(FREE, RATIO * raw.bytes)
    if total > most or len(members) > MAX_MEMBERS:
        raise TooLargeError(
            f"the zip archive unpacks to {total >> 20:,} MB in {len(members):,} files",
            code="too_large", where=raw.where, do="Send it in parts.",
        )  # fmt: skip


def _folder(member: zipfile.ZipInfo) -> str:
    return PurePosixPath(member.filename).parent.name


def _read(
    archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo], rejects: list[Reject],
    *, with_labels: bool,
) -> Iterator[_Shown]:  # fmt: skip
    """Yield the pictures; note in ``rejects`` what is none."""
    for row, member in enumerate(members, start=1):
        try:
            content = picture.settled(_content(archive, member))
        except (media.PictureError, zipfile.BadZipFile, zlib.error, EOFError) as error:
            code = getattr(error, "code", "picture_broken")
            reason = _REASONS.get(code, str(error))
            column = None if code == "picture_foreign" else "image"
            rejects.append(
                Reject(line=row, column=column, reason=reason, text=member.filename[:TEXT],
                       code=code)
            )  # fmt: skip
        else:
            label = (_folder(member) or None) if with_labels else None
            yield _Shown(row, member.filename, label, content)


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Read a member, but no more of it than a picture may have."""
    with archive.open(member) as file:
        content = file.read(media.LARGEST_BYTES + 1)
    if len(content) > media.LARGEST_BYTES:
        raise media.PictureError("large", "too large for a picture")
    return content


def _write(db: duckdb.DuckDBPyConnection, folder: Path, shown: Iterator[_Shown]) -> None:
    """Write batch by batch, each a Parquet file, in order."""
    number, batch, size = 0, [], 0
    for one in shown:
        batch.append(one)
        size += len(one.content)
        if len(batch) >= AT_ONCE or size >= AT_ONCE_BYTES:
            _save(db, folder / f"{number:06}.parquet", batch)
            number, batch, size = number + 1, [], 0
    if batch or not number:
        _save(db, folder / f"{number:06}.parquet", batch)


def _save(db: duckdb.DuckDBPyConnection, path: Path, batch: Sequence[_Shown]) -> None:
    held = {
        "row": objects([one.row for one in batch]), "c0": objects([one.content for one in batch]),
        "c1": objects([one.file for one in batch]), "c2": objects([one.label for one in batch]),
    }  # fmt: skip
    db.register("pictures", held)
    db.execute(
        "COPY (SELECT row::BIGINT AS row, c0::BLOB AS c0, c1::VARCHAR AS c1, c2::VARCHAR AS c2 "
        f"FROM pictures) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)"
    )
    db.unregister("pictures")
