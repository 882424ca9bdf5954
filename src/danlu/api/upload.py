"""Upload: a raw request body streamed to a server-made file, durable before it is accepted."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from danlu.api.context import Limits
from danlu.api.problems import MediaTypeError
from danlu.errors import InvalidError, StorageError, TooLargeError

CHUNK = 1 << 20
SUFFIXES: Final = tuple(
    f".{form}{gz}" for form in ("csv", "tsv", "jsonl", "ndjson", "parquet") for gz in (".gz", "")
)
TYPES: Final = {  # declared form -> suffix, when the part's name has none
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/jsonl": ".jsonl",
    "application/x-ndjson": ".ndjson",
    "application/vnd.apache.parquet": ".parquet",
    "application/octet-stream": "",
    "application/gzip": "",
    "": "",
}


async def receive(
    request: Request, folder: Path, *, part: str, limits: Limits, suffix: str | None = None
) -> Path:
    """Write the body to a new file in ``folder``; whatever goes wrong leaves nothing behind.

    ``suffix`` is for what holds no rows; default: as the part's name or the declared form says.
    """
    suffix = _suffix(request, part) if suffix is None else suffix
    declared = request.headers.get("content-length", "")
    _check_room(folder, int(declared) if declared.isascii() and declared.isdigit() else 0, limits)
    file = folder / f"upload-{secrets.token_hex(16)}{suffix}"
    try:
        await _write(request, file, limits)
    except ClientDisconnect as error:
        file.unlink(missing_ok=True)
        raise InvalidError("the upload broke off", do="Send the whole file again.") from error
    except OSError as error:
        file.unlink(missing_ok=True)
        raise StorageError(
            f"cannot keep the upload: {error.strerror or error}", do="Free some disk space."
        ) from error
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
                _check_room(file.parent, 0, limits)
        await run_in_threadpool(out.write, bytes(waiting))
        out.flush()
        await run_in_threadpool(os.fsync, out.fileno())
    if size == 0:
        raise InvalidError(
            "the file is empty", code="empty_file", do="Send a file with something in it."
        )


def _suffix(request: Request, part: str) -> str:
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
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


def _check_room(folder: Path, size: int, limits: Limits) -> None:
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
