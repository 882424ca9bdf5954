"""The first tables: one per record, key and index columns beside the JSON body."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXT, WHOLE = sa.String, sa.Integer
COLUMNS: dict[str, dict[str, type[sa.String] | type[sa.Integer]]] = {
    "project": {"name": TEXT},
    "key": {"id": TEXT, "project": TEXT, "sha256": TEXT},
    "login": {"sha256": TEXT},
    "dataset": {"project": TEXT, "name": TEXT},
    "version": {"project": TEXT, "name": TEXT, "version": WHOLE},
    "network": {"project": TEXT, "name": TEXT},
    "experiment": {"project": TEXT, "name": TEXT, "state": TEXT},
    "trial": {"project": TEXT, "experiment": TEXT, "number": WHOLE},
    "model": {"project": TEXT, "name": TEXT, "version": WHOLE},
    "deployment": {"project": TEXT, "name": TEXT},
    "loop": {"project": TEXT, "name": TEXT},
    "job": {"id": TEXT, "project": TEXT, "state": TEXT},
    "event": {"project": TEXT, "topic": TEXT},
    "audit": {"project": TEXT, "subject": TEXT},
}
KEYS: dict[str, tuple[str, ...]] = {
    "project": ("name",), "key": ("id",), "login": ("sha256",), "dataset": ("project", "name"),
    "version": ("project", "name", "version"), "network": ("project", "name"),
    "experiment": ("project", "name"), "trial": ("project", "experiment", "number"),
    "model": ("project", "name", "version"), "deployment": ("project", "name"),
    "loop": ("project", "name"), "job": ("id",),
}  # fmt: skip
INDEXES: dict[str, tuple[str, ...]] = {
    "key": ("project", "sha256"), "version": ("name",), "experiment": ("state",),
    "trial": ("experiment",), "model": ("name",), "job": ("project", "state"),
    "event": ("project", "topic"), "audit": ("project", "subject"),
}  # fmt: skip


def upgrade() -> None:
    """Create the tables; the audit trail refuses changes below us too."""
    for name, columns in COLUMNS.items():
        number = "n" if name in KEYS else "seq"
        unique = [sa.UniqueConstraint(*KEYS[name], name=f"{name}_key")] if name in KEYS else []
        op.create_table(
            name,
            sa.Column(number, sa.Integer, primary_key=True, autoincrement=True),
            *(sa.Column(column, kind, nullable=False) for column, kind in columns.items()),
            sa.Column("body", sa.String, nullable=False),
            *unique,
            sqlite_autoincrement=True,
        )
        for column in INDEXES.get(name, ()):
            op.create_index(f"{name}_{column}", name, [column])
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
        )
