"""Every error Danlu raises on purpose: what happened, where, what to do.

DanluError
├── InvalidError        422  the caller gave something that cannot be used
│   ├── DataError            a file, a column, a row
│   ├── NetworkError         a network document
│   ├── SpaceError           a range or a search space
│   ├── TaskError            a target that cannot be learnt
│   └── BundleError          a bundle that must not go live
├── UnauthenticatedError 401  no key, or one that is not known
├── ForbiddenError      403  a key without the right
├── NotFoundError       404  no such thing; names the nearest one
├── ConflictError       409  it exists, or has moved on since it was read
├── TooLargeError       413  beyond a stated limit
├── TrainingError       500  a job ended badly, with its cause
├── BusyError           503  try again in ``retry_after_s``
└── StorageError        507  the disk is full or failing; nothing accepted is lost
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar


class DanluError(Exception):
    """Base of all; ``code`` and ``args`` are for programs, the sentences for people.

    >>> e = DataError("no column 'cnt'", code="column_missing", where="dataset 'bikes'",
    ...               do="Did you mean 'count'?", column="cnt")
    >>> print(e)
    no column 'cnt' (dataset 'bikes'). Did you mean 'count'?
    >>> e.code, e.values
    ('column_missing', {'column': 'cnt'})
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500

    def __init__(
        self, what: str, *, code: str = "", where: str = "", do: str = "", **values: Any
    ) -> None:
        self.what, self.where, self.do, self.values = what, where, do, values
        self.code = code or type(self).code  # type: ignore[misc]  # one instance may be finer
        super().__init__(what)

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return f"{self.what}{place}" + (f". {self.do}" if self.do else "")

    def problem(self) -> dict[str, Any]:
        """Return the RFC 9457 problem document of this error; ``error_of`` reads it."""
        return {
            "type": f"urn:danlu:{self.code}",
            "class": type(self).__name__,
            "title": self.what,
            "status": self.status,
            "code": self.code,
            "args": self.values,
            "where": self.where,
            "fix": self.do,
        }


class InvalidError(DanluError):
    """The caller gave something that cannot be used."""

    code = "invalid"
    status = 422


class DataError(InvalidError):
    """A file, a column or a row cannot be read as said."""

    code = "data"


class NetworkError(InvalidError):
    """A network document breaks a law."""

    code = "network"


class SpaceError(InvalidError):
    """A range or a search space cannot be used."""

    code = "space"


class TaskError(InvalidError):
    """A target cannot be learnt as asked."""

    code = "task"


class BundleError(InvalidError):
    """A bundle must not go live."""

    code = "bundle"


class UnauthenticatedError(DanluError):
    """No key was given, or none that is known."""

    code = "unauthenticated"
    status = 401


class ForbiddenError(DanluError):
    """The key has no right to this."""

    code = "forbidden"
    status = 403


class NotFoundError(DanluError):
    """There is no such thing."""

    code = "not_found"
    status = 404


class ConflictError(DanluError):
    """It exists already, or has moved on since it was read."""

    code = "conflict"
    status = 409


class TooLargeError(DanluError):
    """It is beyond a stated limit."""

    code = "too_large"
    status = 413


class TrainingError(DanluError):
    """A job ended badly; the cause stands in the message."""

    code = "training"


class BusyError(DanluError):
    """There is no room now; try again in ``retry_after_s``."""

    code = "busy"
    status = 503


class StorageError(DanluError):
    """The disk is full or failing; what was accepted before is safe."""

    code = "storage"
    status = 507


def error_of(problem: Mapping[str, Any]) -> DanluError:
    """Rebuild the error of a problem document: by its class, else, if another wrote it, its status.

    >>> again = error_of(DataError("no rows", where="a.csv", line=3).problem())
    >>> type(again).__name__, again.where, again.values
    ('DataError', 'a.csv', {'line': 3})
    >>> type(error_of({"title": "out of room", "status": 507})).__name__
    'StorageError'
    """
    first = DanluError.__subclasses__()
    kinds = {kind.__name__: kind for kind in (*first, *InvalidError.__subclasses__())}
    by_status = {kind.status: kind for kind in first}
    kind = kinds.get(str(problem.get("class"))) or by_status.get(int(problem.get("status", 500)))
    own = ("what", "code", "where", "do")
    values = {k: v for k, v in dict(problem.get("args") or {}).items() if k not in own}
    return (kind or TrainingError)(
        str(problem.get("title", "the server refused")),
        code=str(problem.get("code", "")), where=str(problem.get("where", "")),
        do=str(problem.get("fix", "")), **values,
    )  # fmt: skip


def nearest(name: str, known: Iterable[str]) -> str:
    """Return "Did you mean 'x'?", or the first known names when nothing is near.

    >>> nearest("dens", ["dense", "dropout"])
    "Did you mean 'dense'?"
    >>> nearest("zzz", ["dense", "dropout"])
    'Known: dense, dropout.'
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"Did you mean '{close[0]}'?"
    more = ", ..." if len(names) > 12 else ""
    return f"Known: {', '.join(names[:12])}{more}." if names else ""
