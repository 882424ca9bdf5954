"""Upload: a large file goes to the server in pieces, and goes on by itself where it broke off."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from danlu.client.http import GONE, Http
from danlu.errors import BusyError, ConflictError
from danlu.store.records import Json

PIECE = 16 << 20
CHUNK = 1 << 18
PATIENCE_S = 300.0
"""How long a server that is gone is waited for while nothing arrives."""
FIRST_S, MOST_S = 0.2, 5.0
BEHIND = ("upload_offset", "upload_taken_over")


def send_file(http: Http, path: str, file: Path, wanted: Mapping[str, object]) -> Json:
    """Send a file to ``datasets/NAME/uploads``; returns ``{"job", ...}``.

    A connection that breaks and a server that is started again are waited for; whoever runs this
    again for the same file goes on with what has come.
    """
    length, sha256 = file.stat().st_size, _sha256(file)
    body = {**wanted, "length": length, "sha256": sha256}
    state = http.ask(path, body)
    patience = _Patience()
    here = f"{path}/{state['id']}"
    while not state["job"]:
        try:
            state = _piece(http, here, file, state, sha256)
            patience = _Patience()
        except BusyError as error:
            patience.wait(error)
            state = _asked(http, here, patience)
        except ConflictError as error:
            if error.code not in BEHIND:
                raise
            patience.wait(error)
            state = http.get(here)
    return state


class _Patience:
    """Waits ever longer between tries, and not for ever."""

    def __init__(self) -> None:
        self._until, self._pause = time.monotonic() + PATIENCE_S, FIRST_S

    def wait(self, error: BusyError | ConflictError) -> None:
        """Sleep before the next try; raise what went wrong when that was long enough."""
        if time.monotonic() > self._until:
            error.do = f"{error.do} What has come is kept for a day: run this again to go on."
            raise error
        time.sleep(max(self._pause, float(error.values.get("retry_after_s", 0))))
        self._pause = min(MOST_S, self._pause * 1.5)


def _piece(http: Http, here: str, file: Path, state: Json, sha256: str) -> Json:
    offset = int(state["offset"])
    size = min(PIECE, int(state["length"]) - offset)
    digest = base64.b64encode(bytes.fromhex(sha256)).decode()
    headers = {
        "Content-Type": "application/partial-upload", "Content-Length": str(size),
        "Upload-Offset": str(offset), "Repr-Digest": f"sha-256=:{digest}:",
        "Upload-Complete": "?1" if offset + size == state["length"] else "?0",
    }  # fmt: skip
    return http.stream("PATCH", here, _chunks(file, offset, size), headers)


def _asked(http: Http, here: str, patience: _Patience) -> Json:
    """Ask how much has come, until the server is there again."""
    while True:
        try:
            return http.get(here)
        except BusyError as error:
            if error.code not in GONE:
                raise
            patience.wait(error)


def _sha256(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _chunks(file: Path, offset: int, size: int) -> Iterator[bytes]:
    with file.open("rb") as source:
        source.seek(offset)
        while size > 0 and (chunk := source.read(min(CHUNK, size))):
            size -= len(chunk)
            yield chunk
