"""Arrivals: a file comes in pieces, each at its offset, and goes on where it broke off.

In the manner of the IETF's "Resumable Uploads for HTTP" (draft-ietf-httpbis-resumable-upload):
``Upload-Offset``, ``Upload-Length`` and ``Upload-Complete`` mean what they mean there, and
``Repr-Digest`` what it means in RFC 9530.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
import time as clock
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi import Path as InPath
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from danlu.api.context import EDITOR, Items, Name, Ws, context_of
from danlu.api.upload import CHUNK, broken_disk, check_room, demand_bytes, suffix_of
from danlu.errors import ConflictError, InvalidError
from danlu.params import Params
from danlu.workspace.incoming import About, Arriving, Incoming, Wanted
from danlu.workspace.workspace import Workspace

router = APIRouter(prefix="/api/v1/datasets", tags=["datasets"])
SYNC_EVERY = 64 * CHUNK
Upload = Annotated[str, InPath(pattern=r"^[0-9a-f]{32}$", description="As the server named it.")]


class Senders:
    """Who sends which file now: the newest request; an older one, perhaps cut off, is done."""

    def __init__(self) -> None:
        self._newest: dict[str, object] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    @contextmanager
    def sending(self, upload: str) -> Iterator[object]:
        """Be the one who sends; leave the place when done."""
        me = object()
        self._newest[upload] = me
        try:
            yield me
        finally:
            if self._newest.get(upload) is me:
                del self._newest[upload]
                self._locks.pop(upload, None)

    def lock(self, upload: str) -> asyncio.Lock:
        """Return what is held while the file changes."""
        return self._locks.setdefault(upload, asyncio.Lock())

    def demand_newest(self, upload: str, me: object) -> None:
        """Refuse to write for a request that a newer one has replaced."""
        if self._newest.get(upload) is not me:
            raise ConflictError(
                "another request goes on with this file", code="upload_taken_over",
                do="Ask how much has come.",
            )  # fmt: skip


senders = Senders()


def _incoming(ws: Workspace) -> Incoming:
    return Incoming(ws, now=clock.time())


class Announced(Params):
    """A file that will come in pieces, and what shall become of it."""

    part: str = Field(pattern=r"^[A-Za-z0-9._-]{1,128}$")
    length: int = Field(ge=0, lt=2**53)
    sha256: str = Field("", pattern=r"^([0-9a-f]{64})?$")
    """Of the whole file, if it is known by now; then the same file goes on where it was."""
    time: str | None = Field(None, max_length=300)
    kinds: dict[str, str] = Field(default={}, max_length=2000)
    accept_rejects: bool = False


class PieceHead(BaseModel):
    """Where a piece begins, and whether it is the last."""

    upload_offset: int = Field(ge=0, lt=2**53)
    upload_complete: str = Field("?0", pattern=r"^\?[01]$")
    repr_digest: str = Field("", max_length=200)
    """``sha-256=:<base64>:`` of the whole file, with the last piece unless it was announced."""


@router.post("/{name}/uploads", operation_id="begin_upload", status_code=201, openapi_extra=EDITOR)
def begin_upload(
    request: Request, response: Response, ws: Ws, name: Name, body: Announced
) -> Arriving:
    """Make room for a file that comes in pieces; announced again with its sha256, it goes on."""
    demand_bytes(body.length)
    check_room(ws.home / "tmp", body.length, context_of(request).limits)
    wanted = Wanted(name=name, suffix=suffix_of("", body.part), **body.model_dump())
    begun = _incoming(ws).begin(wanted)
    response.headers["Location"] = f"/api/v1/datasets/{name}/uploads/{begun.id}"
    return _told(response, begun)


@router.get("/{name}/uploads", operation_id="list_uploads", openapi_extra=EDITOR)
def list_uploads(ws: Ws, name: Name) -> Items[Arriving]:
    """List the files on their way to a dataset."""
    return Items(items=_incoming(ws).going(name))


@router.get("/{name}/uploads/{upload}", operation_id="show_upload", openapi_extra=EDITOR)
def show_upload(response: Response, ws: Ws, name: Name, upload: Upload) -> Arriving:
    """Say how much of a file has come: there the next piece begins."""
    return _told(response, _incoming(ws).show(name, upload))


@router.head(
    "/{name}/uploads/{upload}", operation_id="ask_upload", status_code=204, openapi_extra=EDITOR
)
def ask_upload(response: Response, ws: Ws, name: Name, upload: Upload) -> None:
    """Say the same in headers alone: Upload-Offset, Upload-Length, Upload-Complete."""
    _told(response, _incoming(ws).show(name, upload))


@router.delete(
    "/{name}/uploads/{upload}", operation_id="drop_upload", status_code=204, openapi_extra=EDITOR
)
def drop_upload(ws: Ws, name: Name, upload: Upload) -> None:
    """Let go of a file on its way."""
    _incoming(ws).drop(name, upload)


@router.patch(
    "/{name}/uploads/{upload}",
    operation_id="append_upload",
    openapi_extra={
        **EDITOR,
        "x-body": "stream",
        "requestBody": {
            "required": True,
            "content": {
                "application/partial-upload": {"schema": {"type": "string", "format": "binary"}}
            },
        },
    },
)
async def append_upload(
    request: Request,
    response: Response,
    ws: Ws,
    name: Name,
    upload: Upload,
    head: Annotated[PieceHead, Header()],
) -> Arriving:
    """Append a piece at the offset that has come; with ``Upload-Complete: ?1`` it is the last.

    What is answered is on the disk. The last piece queues the import, once the whole file is as
    its checksum says; sent again, it answers the same job.
    """
    files, sha256 = _incoming(ws), _sha256(head.repr_digest)
    with senders.sending(upload) as me:
        about = await run_in_threadpool(files.find, name, upload)
        if about.job is None:
            await _append(request, files, about, head.upload_offset, me)
        if head.upload_complete == "?0":
            return _told(response, await run_in_threadpool(files.show, name, upload))
        if not (sha256 or about.wanted.sha256):
            raise InvalidError(
                "the last piece says no checksum", code="digest_missing",
                where="the header Repr-Digest", do="Send Repr-Digest: sha-256=:<base64>:",
            )  # fmt: skip
        async with senders.lock(upload):
            return _told(response, await run_in_threadpool(files.finish, name, upload, sha256))


async def _append(request: Request, files: Incoming, about: About, offset: int, me: object) -> None:
    """Write the body behind what has come; whatever breaks off, what came before it stays."""
    suffix_of(request.headers.get("content-type", ""), about.wanted.part)
    file, limits = files.place(about), context_of(request).limits
    async with senders.lock(about.id):
        here = file.stat().st_size if file.exists() else 0
        if offset != here:
            raise ConflictError(
                f"{here:,} bytes have come, and this piece begins at {offset:,}",
                code="upload_offset", where=f"part '{about.wanted.part}'",
                do="Go on at the offset that has come.", offset=here,
            )  # fmt: skip
        out = await run_in_threadpool(file.open, "r+b", 0)
    assert isinstance(out, FileIO)
    with broken_disk(), out:
        out.seek(offset)
        piece = _Piece(out, offset, about.wanted.length)
        with suppress(ClientDisconnect):
            async for _ in _filling(request, piece):
                check_room(file.parent, 0, limits)
                await _write(piece, about.id, me)
        await _write(piece, about.id, me)
        await run_in_threadpool(piece.sync)
    files.touch(about)


async def _filling(request: Request, piece: _Piece) -> AsyncIterator[None]:
    """Take the body; stop whenever enough waits to be written."""
    async for chunk in request.stream():
        piece.take(chunk)
        if piece.is_full:
            yield


async def _write(piece: _Piece, upload: str, me: object) -> None:
    async with senders.lock(upload):
        senders.demand_newest(upload, me)
        await run_in_threadpool(piece.write)


class _Piece:
    """Bytes on their way to the end of a file."""

    def __init__(self, out: FileIO, offset: int, length: int) -> None:
        self._out, self._waiting = out, bytearray()
        self._at, self._synced, self._length = offset, offset, length

    @property
    def is_full(self) -> bool:
        return len(self._waiting) >= CHUNK

    def take(self, chunk: bytes) -> None:
        self._waiting += chunk
        if self._at + len(self._waiting) > self._length:
            raise InvalidError(
                f"more came than the {self._length:,} bytes that were announced",
                code="upload_beyond", do="Begin anew with the right length.", length=self._length,
            )  # fmt: skip

    def write(self) -> None:
        """Write what waits; a full disk takes a part of it, and the rest is sent again."""
        waiting, self._waiting = bytes(self._waiting), bytearray()
        while waiting:
            done = self._out.write(waiting)
            self._at, waiting = self._at + done, waiting[done:]
        if self._at - self._synced >= SYNC_EVERY:
            self.sync()

    def sync(self) -> None:
        """Force it to the disk; after a failure only what was there before counts."""
        try:
            os.fsync(self._out.fileno())
        except OSError:
            self._out.truncate(self._synced)
            raise
        self._synced = self._at


def _told(response: Response, state: Arriving) -> Arriving:
    response.headers["Upload-Offset"] = str(state.offset)
    response.headers["Upload-Length"] = str(state.length)
    response.headers["Upload-Complete"] = "?1" if state.job else "?0"
    return state


def _sha256(digest: str) -> str:
    """Read ``sha-256=:<base64>:`` as hex; "" where none is said."""
    if not digest:
        return ""
    _, _, text = digest.partition("sha-256=:")
    try:
        found = base64.b64decode(text.partition(":")[0], validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != 32:
        raise InvalidError(
            "Repr-Digest is no sha-256", code="digest_invalid", where="the header Repr-Digest",
            do="Send Repr-Digest: sha-256=:<base64>:",
        )  # fmt: skip
    return found.hex()
