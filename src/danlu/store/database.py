"""Database: transactions over one SQL engine, with our errors and the latch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError

from danlu.store.failures import Latch
from danlu.store.records import Identity, Key, Login
from danlu.store.rights import may_begin
from danlu.store.tables import TABLES
from danlu.store.transaction import Transaction

IDLE_S = 12 * 3600.0
"""A browser session not used for this long is over."""


class Database:
    """What every SQL backend does alike."""

    def __init__(self, engine: Engine, where: str) -> None:
        self.engine, self.latch = engine, Latch(where)

    @contextmanager
    def begin(self, who: Identity, *, write: bool) -> Iterator[Transaction]:
        """Open a transaction; leaving normally commits, an exception rolls back."""
        may_begin(who, write=write)
        if write:
            self.latch.demand_writable()
        with self.translated(), self._connected(write=write) as connection:
            yield Transaction(connection, who)

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Say database errors in our words."""
        try:
            yield
        except DBAPIError as error:
            ours = self.latch.translate(error.orig or error)
            if ours is None:
                raise
            raise ours from error

    @contextmanager
    def _connected(self, *, write: bool) -> Iterator[Connection]:
        with self.engine.connect() as plain:
            connection = plain.execution_options(write=write)
            with connection.begin():
                yield connection

    def authenticate(self, sha256: str, now: float | None) -> Identity | None:
        """Return whose secret has this hash, by key or by login."""
        with self.translated(), self._connected(write=False) as connection:
            key = self._key(connection, "sha256", sha256) or self._by_login(connection, sha256, now)
        if key is None or key.revoked_at is not None:
            return None
        return Identity(
            name=key.name, role=key.role, project=key.project, deployment=key.deployment
        )

    def _by_login(self, connection: Connection, sha256: str, now: float | None) -> Key | None:
        table = TABLES[Login]
        query = select(table.c.body).where(table.c.sha256 == sha256)
        body = connection.execute(query).scalar_one_or_none()
        if body is None:
            return None
        login = Login.model_validate_json(body)
        idle = now is not None and now - login.seen_at > IDLE_S
        return None if login.once or idle else self._key(connection, "id", login.key_id)

    def _key(self, connection: Connection, column: str, value: str) -> Key | None:
        table = TABLES[Key]
        query = select(table.c.body).where(table.c[column] == value)
        body = connection.execute(query).scalar_one_or_none()
        return None if body is None else Key.model_validate_json(body)
