"""Upload: a raw request body streamed to a server-made file, durable before it is accepted."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from danlu.api.context import Limits
from danlu.api.problems import MediaTypeError
from danlu.errors import InvalidError, StorageError, TooLargeError

CHUNK = 1 << 20
TABLES: Final = ("csv", "tsv", "jsonl", "ndjson", "parquet")
SUFFIXES: Final = (*(f".{form}{gz}" for form in TABLES for gz in (".gz", "")), ".zip")
TYPES: Final = {  # declared form -> suffix, when the part's name has none
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/jsonl": ".jsonl",
    "application/x-ndjson": ".ndjson",
    "application/vnd.apache.parquet": ".parquet",
    "application/zip": ".zip",
    "application/octet-stream": "",
    "application/partial-upload": "",
    "application/gzip": "",
    "": "",
}


async def receive(
    request: Request, folder: Path, *, part: str, limits: Limits, suffix: str | None = None
) -> Path:
    """Write the body to a new file in ``folder``; whatever goes wrong leaves nothing behind.

    ``suffix`` is for what holds no rows; default: as the part's name or the declared form says.
    """
    kind = request.headers.get("content-type", "")
    suffix = suffix_of(kind, part) if suffix is None else suffix
    declared = request.headers.get("content-length", "")
    check_room(folder, int(declared) if declared.isascii() and declared.isdigit() else 0, limits)
    file = folder / f"upload-{secrets.token_hex(16)}{suffix}"
    try:
        with broken_disk():
            await _write(request, file, limits)
    except ClientDisconnect as error:
        file.unlink(missing_ok=True)
        raise InvalidError("the upload broke off", do="Send the whole file again.") from error
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    return file


async def _write(request: Request, file: Path, limits: Limits) -> None:
    size, waiting = 0, bytearray()
    with file.open("xb") as out:
        async for chunk in request.stream():
            waiting += chunk
            size += len(chunk)
            if size > limits.upload_bytes:
                raise _too_large(limits)
            if len(waiting) >= CHUNK:
                await run_in_threadpool(out.write, bytes(waiting))
                waiting.clear()
                check_room(file.parent, 0, limits)
        await run_in_threadpool(out.write, bytes(waiting))
        out.flush()
        await run_in_threadpool(os.fsync, out.fileno())
    demand_bytes(size)


@contextmanager
def broken_disk() -> Iterator[None]:
    """Say a full or failing disk in our words."""
    try:
        yield
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise StorageError(
            f"cannot keep the upload: {error.strerror or error}",
            code="disk_full" if is_full else "io_error", do="Free some disk space.",
        ) from error  # fmt: skip


def demand_bytes(size: int) -> None:
    """Refuse a file with nothing in it."""
    if size == 0:
        raise InvalidError(
            "the file is empty", code="empty_file", do="Send a file with something in it."
        )


def suffix_of(declared: str, part: str) -> str:
    """Return the ending that says a file's form: of the part's name, or as declared."""
    declared = declared.partition(";")[0].strip().lower()
    if declared not in TYPES:
        raise MediaTypeError(
            f"a part cannot be '{declared[:80]}'",
            do=f"Send the file's bytes as one of: {', '.join(t for t in TYPES if t)}.",
        )
    named = next((s for s in SUFFIXES if part.lower().endswith(s)), "")
    if not named and not TYPES[declared]:
        raise InvalidError(
            f"cannot tell the form of '{part}'",
            code="form_unknown",
            do=f"Let its name end in one of: {', '.join(SUFFIXES)}.",
        )
    return named or TYPES[declared]


def check_room(folder: Path, size: int, limits: Limits) -> None:
    """Refuse what is too large, or would leave too little of the disk."""
    if size > limits.upload_bytes:
        raise _too_large(limits)
    free = shutil.disk_usage(folder).free
    if free - size < limits.spare_bytes:
        raise StorageError(
            f"the disk has {free / 1e9:.1f} GB free, too little for this file",
            do=f"Free some space: {limits.spare_bytes / 1e9:.1f} GB must stay free.",
            free=free,
        )


def _too_large(limits: Limits) -> TooLargeError:
    return TooLargeError(
        f"the file is larger than {limits.upload_bytes / 1e9:.3g} GB",
        do="Send it in several parts, or a smaller one.",
        limit=limits.upload_bytes,
    )
