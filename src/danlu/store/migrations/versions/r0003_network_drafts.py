"""Drafts of networks: what is drawn since the last version, one a network."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table; until now drafts lay in browsers."""
    op.create_table(
        "network_draft",
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("project", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("body", sa.String, nullable=False),
        sa.UniqueConstraint("project", "name", name="network_draft_key"),
        sqlite_autoincrement=True,
    )
