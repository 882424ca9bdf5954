"""Incoming: files that come in pieces; what arrived is on the disk, and there one goes on."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from pydantic import Field, ValidationError

from danlu.data.durable import sync_file, write_atomically
from danlu.errors import BusyError, ConflictError, DataError, NotFoundError
from danlu.params import Params
from danlu.store.records import Job
from danlu.workspace.workspace import Workspace

MOST = 64
"""How many files of a project may be on their way at once."""
RECENT = 1000
"""Among so many jobs the one that imports a file is looked for."""


class Wanted(Params):
    """A file that somebody wants to send, and what shall become of it."""

    name: str
    """The dataset's."""
    part: str
    suffix: str
    length: int = Field(ge=1)
    sha256: str = ""
    """Of the whole file, where it is known before it is sent."""
    time: str | None = None
    kinds: dict[str, str] = Field({})
    accept_rejects: bool = False


class About(Params):
    """What is known of a file on its way; lies beside it."""

    id: str
    project: str
    by: str
    at: float
    wanted: Wanted
    job: str | None = None
    """Imports the file, once all of it is there and as it was sent."""


class Arriving(Params):
    """How much of a file has come, and the job that imports it once it is whole."""

    id: str
    part: str
    length: int
    offset: int
    by: str
    at: float
    job: str | None


class Incoming:
    """The files on their way to one project; their places are named by us alone."""

    def __init__(self, ws: Workspace, *, now: float) -> None:
        self._ws, self._folder, self._now = ws, ws.home / "tmp", now

    def begin(self, wanted: Wanted) -> Arriving:
        """Make room for a file; the same one wanted again goes on where it was."""
        going = [one for one in self._all() if one.job is None]
        if wanted.sha256:
            for one in going:
                if one.wanted == wanted and self.place(one).exists():
                    return self._state(one)
        if len(going) >= MOST:
            raise BusyError(
                f"{MOST} files are on their way already", code="uploads_open",
                where=f"project '{self._ws.who.project}'", retry_after_s=60,
                do="Finish or drop one of them; what nobody goes on with is gone after a day.",
            )  # fmt: skip
        about = About(
            id=secrets.token_hex(16), project=self._ws.who.project, by=self._ws.who.name,
            at=self._now, wanted=wanted,
        )  # fmt: skip
        self.place(about).touch(mode=0o600, exist_ok=False)
        self._write(about)
        return self._state(about)

    def going(self, name: str) -> list[Arriving]:
        """List what is on its way to a dataset, the oldest first."""
        going = [one for one in self._all() if one.wanted.name == name and one.job is None]
        return [self._state(one) for one in going if self.place(one).exists()]

    def find(self, name: str, upload: str) -> About:
        """Return what is known of a file on its way; there is none in another project."""
        about = self._read(self._folder / f"incoming-{upload}.json")
        about = about and self._with_job(about)
        if about is None or about.wanted.name != name:
            raise NotFoundError(
                "no such file is on its way", code="upload_unknown", where=f"dataset '{name}'",
                do="Begin anew; what nobody goes on with is gone after a day.", name=upload,
            )  # fmt: skip
        return about

    def show(self, name: str, upload: str) -> Arriving:
        """Say how much of a file has come; that much is on the disk."""
        about = self.find(name, upload)
        if about.job is None and not self.place(about).exists():
            self.drop(name, upload)
            return self.show(name, upload)
        if about.job is None:
            sync_file(self.place(about))
        return self._state(about)

    def drop(self, name: str, upload: str) -> None:
        """Let go of a file on its way; one that a job imports is the job's."""
        about = self.find(name, upload)
        if about.job is None:
            self.place(about).unlink(missing_ok=True)
        self._about(about).unlink(missing_ok=True)

    def finish(self, name: str, upload: str, sha256: str) -> Arriving:
        """Hold a whole file to its checksum and queue its import; again, it is the same job."""
        about = self.find(name, upload)
        if about.job is not None:
            return self._state(about)
        file, length = self.place(about), about.wanted.length
        if file.stat().st_size != length:
            raise ConflictError(
                f"{file.stat().st_size:,} of {length:,} bytes have come", code="upload_offset",
                where=f"part '{about.wanted.part}'", do="Send the rest first.",
                offset=file.stat().st_size,
            )  # fmt: skip
        with file.open("rb") as whole:
            found = hashlib.file_digest(whole, "sha256").hexdigest()
        if found != (sha256 or about.wanted.sha256) or about.wanted.sha256 not in ("", found):
            self.drop(name, upload)
            raise DataError(
                "what came is not what was sent: the checksum differs", code="upload_checksum",
                where=f"part '{about.wanted.part}'", do="Send the file again.", found=found,
            )  # fmt: skip
        asked = about.wanted.model_dump(include={"part", "time", "kinds", "accept_rejects"})
        job = self._ws.datasets.receive(name, file, **asked)
        return self._state(self._write(about.model_copy(update={"job": job.id})))

    def place(self, about: About) -> Path:
        """Return where the bytes of a file lie."""
        return self._folder / f"upload-{about.id}{about.wanted.suffix}"

    def touch(self, about: About) -> None:
        """Note that somebody still sends: it is not yet left behind."""
        os.utime(self._about(about))

    def _with_job(self, about: About) -> About:
        """Find the job of a file that was queued just before a crash."""
        file = self.place(about)
        if about.job is not None or (file.exists() and file.stat().st_size < about.wanted.length):
            return about
        with self._ws.store.begin(self._ws.who, write=False) as tx:
            jobs = tx.all(Job, newest=True, limit=RECENT)
        found = next((job.id for job in jobs if job.args.get("source") == str(file)), None)
        return self._write(about.model_copy(update={"job": found})) if found else about

    def _state(self, about: About) -> Arriving:
        wanted = about.wanted
        offset = wanted.length if about.job else self.place(about).stat().st_size
        return Arriving(
            id=about.id, part=wanted.part, length=wanted.length, offset=offset, by=about.by,
            at=about.at, job=about.job,
        )  # fmt: skip

    def _about(self, about: About) -> Path:
        return self._folder / f"incoming-{about.id}.json"

    def _write(self, about: About) -> About:
        write_atomically(self._about(about), about.model_dump_json().encode())
        return about

    def _all(self) -> list[About]:
        files = sorted(self._folder.glob("incoming-*.json"))
        found = [about for about in map(self._read, files) if about is not None]
        return sorted(found, key=lambda about: about.at)

    def _read(self, file: Path) -> About | None:
        try:
            about = About.model_validate_json(file.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None
        return about if about.project == self._ws.who.project else None
