"""Rights: who may read and write which records; no identity, no query."""

from __future__ import annotations

from danlu.errors import ForbiddenError
from danlu.store.records import Audit, Deployment, Event, Identity, Key, Login, Project, Record

EVERYWHERE = "*"
"""The project of Danlu's own processes: they see every project."""
_ADMIN_READS: tuple[type[Record], ...] = (Key, Login)
_ADMIN_WRITES: tuple[type[Record], ...] = (Key, Login, Project)


def itself(name: str) -> Identity:
    """Return the identity under which a process of Danlu acts in every project."""
    return Identity(name=name, role="admin", project=EVERYWHERE)


def may_begin(who: Identity, *, write: bool) -> None:
    """Refuse to open a write for those who may only read."""
    if write and who.role in ("viewer", "predict"):
        raise ForbiddenError(
            f"'{who.name}' may not change anything", code="role", where=f"role '{who.role}'",
            do="Ask an admin for an editor key.", role=who.role,
        )  # fmt: skip


def may_read(who: Identity, cls: type[Record], key: tuple[object, ...] | None) -> None:
    """Refuse records beyond the role; ``key`` is None for a listing."""
    if who.role == "predict":
        _only_its_deployment(who, cls, key)
    if cls in _ADMIN_READS and who.role != "admin":
        raise ForbiddenError(
            f"'{who.name}' may not read {cls.table} records", code="role",
            where=f"role '{who.role}'", do="Ask an admin.", role=who.role,
        )  # fmt: skip


def may_write(who: Identity, cls: type[Record]) -> None:
    """Refuse writes beyond the role."""
    if cls in _ADMIN_WRITES and who.role != "admin":
        raise ForbiddenError(
            f"'{who.name}' may not change {cls.table} records", code="role",
            where=f"role '{who.role}'", do="Ask an admin.", role=who.role,
        )  # fmt: skip


def append_only(cls: type[Record]) -> None:
    """Refuse to change what may only grow."""
    if cls in (Audit, Event):
        raise ForbiddenError(f"{cls.table} records are only ever added", code="append_only")


def _only_its_deployment(who: Identity, cls: type[Record], key: tuple[object, ...] | None) -> None:
    """Hold a predict key to its one deployment."""
    if cls is not Deployment or key is None or key[-1] != who.deployment:
        raise ForbiddenError(
            f"'{who.name}' may only predict", code="role",
            where=f"deployment '{who.deployment}'", do="Use a viewer or editor key.", role=who.role,
        )  # fmt: skip
