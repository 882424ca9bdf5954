"""Raw: a file as it came: its hash, form, compression and encoding; made plain UTF-8 if it is not.

The list of forms is closed, and content and file name must agree; only gzip and zips of pictures
are unpacked.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, cast

from danlu.errors import DataError, TooLargeError
from danlu.params import Params

HEAD = 1 << 20
BLOCK = 1 << 20
RATIO = 200
"""A gzip file may unpack to this many times its size (or to ``FREE`` bytes): no bombs."""
FREE = 1 << 30
FORMS = {
    ".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet",
    ".zip": "zip",
}  # fmt: skip
BINARY = ("parquet", "zip")
_KNOWN = (
    "Danlu reads .csv, .tsv, .jsonl, .ndjson and .parquet, each plain or as .gz, "
    "and pictures in a .zip."
)
_PICTURES = "Put pictures into one zip or folder, with a folder for each class."
_FOREIGN = (
    (b"%PDF", "a PDF", "Export the table as CSV."),
    (b"\x89PNG", "a PNG image", _PICTURES),
    (b"\xff\xd8\xff", "a JPEG image", _PICTURES),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file", "Save the sheet as CSV."),
    (b"SQLite format 3", "a SQLite database", "Export the table as CSV."),
    (b"BZh", "a bzip2 archive", "Unpack it first."),
    (b"\xfd7zXZ", "an xz archive", "Unpack it first."),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "Unpack it first."),
    (b"ARROW1", "an Arrow file", "Save it as Parquet."),
    (b"\x80\x04", "a Python pickle", "Pickles can run code and are never read. Save it as CSV."),
    (b"\x80\x05", "a Python pickle", "Pickles can run code and are never read. Save it as CSV."),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip


class Raw(Params):
    """What came in, and where it lies as something DuckDB can stream."""

    path: Path
    """Parquet, a zip of pictures, or plain UTF-8 text."""
    folder: Path
    """Where whoever reads it may write."""
    form: str
    """csv, jsonl, parquet or zip."""
    name: str
    sha256: str
    """Of the bytes that came in."""
    bytes: int
    encoding: str = "utf-8"
    compression: str = "none"

    @property
    def where(self) -> str:
        """The file in words, for errors."""
        return f"file '{self.name}'"


def present(paths: Iterable[Path | str]) -> list[Path]:
    """Return the files and folders a person named, all there, before anything is done with one."""
    files = [Path(path).absolute() for path in paths]
    if not files:
        raise DataError(
            "no file was named", code="no_files", where="import", do="Name at least one."
        )
    for file in files:
        if not file.exists():
            raise DataError(
                f"there is no file '{file.name}'", code="file_missing", where=str(file.parent),
                do="Check the path; nothing was imported.", path=str(file),
            )  # fmt: skip
    return files


def receive(source: Path, folder: Path) -> Raw:
    """Hash a file, see what it is, and unpack or transcode it into ``folder`` if need be."""
    present([source])
    name, size = source.name, source.stat().st_size
    if size == 0:
        raise DataError("the file is empty", code="empty_file", where=f"file '{name}'",
                        do="Export it again, with a header line and rows.")  # fmt: skip
    digest = _digest(source)
    path, compression = source, "none"
    if _head(source, 2) == b"\x1f\x8b":
        path, compression = _unpack(source, folder / "unpacked"), "gzip"
    form = _form(name, _head(path, HEAD))
    encoding = "binary"
    if form not in BINARY:
        encoding = encoding_of(_head(path, HEAD))
        _refuse_binary(name, path, encoding)
        if encoding not in ("utf-8", "utf-8-sig"):
            path = _transcode(path, folder / "utf8", encoding=encoding, name=name)
    return Raw(
        path=path, folder=folder, form=form, name=name, sha256=digest, bytes=size,
        encoding=encoding, compression=compression,
    )  # fmt: skip


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _head(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


def _unpack(source: Path, target: Path) -> Path:
    try:
        with gzip.open(source) as packed, target.open("wb") as file:
            _copy(cast(IO[bytes], packed), file, source)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"the gzip file is damaged: {error}", code="gzip_damaged",
                        where=f"file '{source.name}'", do="Copy it again.") from error  # fmt: skip
    return target


def _copy(packed: IO[bytes], file: IO[bytes], source: Path) -> None:
    most, done = max(FREE, RATIO * source.stat().st_size), 0
    for block in _blocks(packed):
        done += len(block)
        if done > most:
            raise TooLargeError(
                f"the gzip file unpacks to more than {most >> 20} MB", code="too_large",
                where=f"file '{source.name}'", do="Send it unpacked, or in parts.",
            )  # fmt: skip
        file.write(block)


def _form(name: str, head: bytes) -> str:
    """Decide by content; a file name that says otherwise is refused."""
    suffixes = [s.lower() for s in Path(name).suffixes if s.lower() != ".gz"]
    declared = FORMS.get(suffixes[-1]) if suffixes else None
    found = _content(name, head)
    if declared and declared != found:
        raise DataError(
            f"the name says {declared}, but the content is {found}", code="form_differs",
            where=f"file '{name}'", do=f"If it is {found}, rename it to end in .{found}.",
        )  # fmt: skip
    return found


def _content(name: str, head: bytes) -> str:
    if head[:4] == b"PAR1":
        return "parquet"
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    for magic, what, do in _FOREIGN:
        if head.startswith(magic):
            raise DataError(f"this is {what}, not a table", code="not_a_table",
                            where=f"file '{name}'", do=do)  # fmt: skip
    start = head.removeprefix(codecs.BOM_UTF8).replace(b"\0", b"").lstrip()[:200].lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<svg")):
        raise DataError("this is a web page or XML, not a table", code="not_a_table",
                        where=f"file '{name}'", do="Download the data itself, as CSV.")  # fmt: skip
    if start.startswith(b"[") and re.match(rb"\[\s*\{", start):
        raise DataError("this is one JSON array", code="not_a_table", where=f"file '{name}'",
                        do="Write one JSON object a line (.jsonl).")  # fmt: skip
    return "jsonl" if start.startswith((b'{"', b"{ ", b"{}", b"{\n")) else "csv"


def _refuse_binary(name: str, path: Path, encoding: str) -> None:
    head = _head(path, HEAD)
    wide = encoding.startswith(("utf-16", "utf-32"))
    strange = sum(head.count(bytes([b])) for b in (0, 1, 2, 3, 4, 5, 6, 14, 15, 16))
    if not wide and (b"\0" in head or strange > len(head) / 200):
        raise DataError("this is binary, not a table", code="not_a_table",
                        where=f"file '{name}'", do=_KNOWN)  # fmt: skip


def encoding_of(head: bytes) -> str:
    """Guess how text is encoded: by its mark, as UTF-8, by zeros (UTF-16), by byte pairs (GBK).

    >>> encoding_of("气温,湿度".encode("gbk")), encoding_of("Müller,Größe".encode("cp1252"))
    ('gb18030', 'cp1252')
    """
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) / 8 and min(even, odd) < len(head) / 64:
        return "utf-16-le" if odd > even else "utf-16-be"
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(head)
    wrong = text.count("\ufffd")
    if wrong == 0 or sum(c > "\x7f" for c in text) - wrong > 10 * wrong:
        return "utf-8"  # a stray bad byte: its row is rejected, the rest is read
    high = re.findall(rb"[\x80-\xff]+", head)
    paired = sum(len(run) for run in high if len(run) % 2 == 0)
    if paired >= 0.8 * sum(map(len, high)) and _decodes(head, "gb18030"):
        return "gb18030"
    return "cp1252"


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _transcode(path: Path, target: Path, *, encoding: str, name: str) -> Path:
    decoder, done = codecs.getincrementaldecoder(encoding)("strict"), 0
    with path.open("rb") as file, target.open("wb") as out:
        for block in (*_blocks(file), b""):
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                raise DataError(
                    f"the text is neither UTF-8 nor {encoding}", code="encoding",
                    where=f"file '{name}', near byte {done + error.start}",
                    do="Save it as UTF-8.", encoding=encoding,
                ) from error  # fmt: skip
            out.write(text.encode())
            done += len(block)
    return target
