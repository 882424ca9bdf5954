"""Sweeping: what nobody needs any more goes away; a blob that any row mentions never does."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from danlu.store.database import IDLE_S
from danlu.store.records import Job, Login
from danlu.store.rights import itself
from danlu.store.tables import RECORDS
from danlu.workspace.place import Place

OLD_S = 24 * 3600.0
"""What is younger may belong to work under way: bytes come before the row that names them."""
HASH = re.compile(r"[0-9a-f]{64}")


def sweep(place: Place, now: float) -> int:
    """Delete stale logins, temporary files and unnamed blobs; return how many went."""
    gone = _logins(place, now) + _temporary(place, now)
    return gone + place.blobs.sweep(mentioned(place), now=now, older_than_s=OLD_S)


def mentioned(place: Place) -> frozenset[str]:
    """Return every hash that any record of any project mentions anywhere."""
    found: set[str] = set()
    with place.store.begin(itself("sweep"), write=False) as tx:
        for cls in RECORDS:
            for body in tx.bodies(cls):
                found.update(HASH.findall(body))
    return frozenset(found)


def _logins(place: Place, now: float) -> int:
    with place.store.begin(itself("sweep")) as tx:
        stale = [login for login in tx.all(Login) if now - login.seen_at > IDLE_S]
        for login in stale:
            tx.delete(Login, login.sha256)
    return len(stale)


def _temporary(place: Place, now: float) -> int:
    """Delete old files of `tmp`, but no upload that a job still waits to import."""
    with place.store.begin(itself("sweep"), write=False) as tx:
        jobs = [*tx.all(Job, state="queued"), *tx.all(Job, state="leased")]
    wanted = {Path(str(job.args.get("source", ""))) for job in jobs}
    gone = [
        path for path in (place.home / "tmp").iterdir()
        if path not in wanted and now - path.stat().st_mtime > OLD_S
    ]  # fmt: skip
    for path in gone:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(gone)
