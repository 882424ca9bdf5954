"""Failures: what the database reports, in our words, and whether it may still be written to."""

from __future__ import annotations

from danlu.errors import BusyError, DanluError, StorageError

FULL = ("SQLITE_FULL",)
BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")
BROKEN = ("SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CANTOPEN", "SQLITE_READONLY")


class Latch:
    """Remembers the first I/O error; from then on nothing is written until a restart.

    SQLite itself goes on after a failed fsync as if nothing had been lost; this does not.
    """

    def __init__(self, where: str) -> None:
        self.where, self.cause = where, ""

    def demand_writable(self) -> None:
        """Refuse a write once an I/O error was seen."""
        if self.cause:
            raise StorageError(
                f"nothing is written since an I/O error: {self.cause}",
                code="read_only", where=self.where,
                do="Check the disk (dmesg, df), then restart; what was accepted before is safe.",
            )  # fmt: skip

    def translate(self, error: BaseException) -> DanluError | None:
        """Return our error for one of the database, latching if the disk failed; or None."""
        name = str(getattr(error, "sqlite_errorname", "") or "")
        if name.startswith(FULL):
            return StorageError(
                "the disk is full; this was not kept, everything accepted before is safe",
                code="disk_full", where=self.where, do="Free some space and try again.",
            )  # fmt: skip
        if name.startswith(BUSY):
            return BusyError(
                "another process is writing", where=self.where, do="Try again.", retry_after_s=1,
            )  # fmt: skip
        if name.startswith(BROKEN):
            self.cause = self.cause or f"{name}: {error}"
            return StorageError(
                f"the database cannot be read or written: {error} ({name})",
                code="io_error", where=self.where,
                do="Check the disk (dmesg, df) and restart, or restore the last backup.",
            )  # fmt: skip
        return None
