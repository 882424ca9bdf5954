"""Versions of networks: every save stays; what is saved now is the first of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table, and keep each network as it stands as its version."""
    op.create_table(
        "network_version",
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("project", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("body", sa.String, nullable=False),
        sa.UniqueConstraint("project", "name", "revision", name="network_version_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("network_version_name", "network_version", ["name"])
    op.execute(
        "INSERT INTO network_version (project, name, revision, body) "
        "SELECT project, name, json_extract(body, '$.revision'), body FROM network"
    )
