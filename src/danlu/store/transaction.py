"""Transaction: records read and written as one, in the project of who asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from danlu.errors import ConflictError, NotFoundError, nearest
from danlu.store.chain import link
from danlu.store.records import Audit, Event, Identity, Project, Record
from danlu.store.rights import EVERYWHERE, append_only, may_read, may_write
from danlu.store.tables import TABLES, columns_of

R = TypeVar("R", bound=Record)
E = TypeVar("E", Event, Audit)


class Transaction:
    """The only door to the records; every read is of one moment, all writes happen or none.

    A key may leave out the project, which is then that of who asks:
    ``tx.get(Dataset, "bikes")`` is ``tx.get(Dataset, who.project, "bikes")``.
    """

    def __init__(self, connection: Connection, who: Identity) -> None:
        self._connection, self.who = connection, who

    def get(self, cls: type[R], *key: object) -> R:
        """Return one record; NotFoundError names the nearest key."""
        found = self.find(cls, *key)
        if found is None:
            raise self._not_found(cls, self._full_key(cls, key))
        return found

    def find(self, cls: type[R], *key: object) -> R | None:
        """Return one record, or None."""
        full = self._full_key(cls, key)
        may_read(self.who, cls, full)
        if not self._sees(cls, full):
            return None
        table = TABLES[cls]
        wanted = [table.c[f] == k for f, k in zip(cls.key, full, strict=True)]
        rows = self._records(cls, self._visible(cls).where(*wanted))
        return next(rows, None)

    def all(
        self, cls: type[R], *, limit: int | None = None, newest: bool = False, **fields: object
    ) -> list[R]:
        """List records in the order they were inserted, or newest first; ``fields`` are columns."""
        may_read(self.who, cls, None)
        table = TABLES[cls]
        order = table.primary_key.columns[0]
        query = self._visible(cls).where(*(table.c[f] == v for f, v in fields.items()))
        query = query.order_by(order.desc() if newest else order).limit(limit)
        return list(self._records(cls, query))

    def count(self, cls: type[Record], **fields: object) -> int:
        """Count records without reading them."""
        may_read(self.who, cls, None)
        table = TABLES[cls]
        query = self._visible(cls).where(*(table.c[f] == v for f, v in fields.items()))
        counted = self._connection.execute(select(func.count()).select_from(query.subquery()))
        return int(counted.scalar_one())

    def insert(self, record: R) -> R:
        """Add a record; ConflictError when its key is taken."""
        self._may_write(record)
        table = TABLES[type(record)]
        try:
            self._connection.execute(insert(table).values(self._row(record)))
        except IntegrityError as error:
            raise ConflictError(
                f"{record.table} '{_name(record)}' exists already", code="exists",
                do="Choose another name.", kind=record.table, name=_name(record),
            ) from error  # fmt: skip
        return record

    def replace(self, record: R) -> R:
        """Put a new state of a record that exists."""
        self._may_write(record)
        table, key = TABLES[type(record)], tuple(getattr(record, f) for f in record.key)
        same = [table.c[f] == k for f, k in zip(record.key, key, strict=True)]
        done = self._connection.execute(update(table).where(*same).values(self._row(record)))
        if done.rowcount == 0:
            raise self._not_found(type(record), key)
        return record

    def delete(self, cls: type[Record], *key: object) -> None:
        """Remove a record; NotFoundError when there is none."""
        record = self.get(cls, *key)
        self._may_write(record)
        table = TABLES[cls]
        same = [table.c[f] == getattr(record, f) for f in cls.key]
        self._connection.execute(delete(table).where(*same))

    def append(self, entry: E) -> E:
        """Add an event or an audit entry and return it with its number (and its chain)."""
        self._see_own(entry)
        table = TABLES[type(entry)]
        linked = link(self._last_hash(), entry) if isinstance(entry, Audit) else entry
        row = self._row(linked)
        row.pop("seq")
        done = self._connection.execute(insert(table).values(row).returning(table.c.seq))
        return linked.model_copy(update={"seq": int(done.scalar_one())})

    def events(self, after: int = 0, topic: str | None = None, *, limit: int = 1000) -> list[Event]:
        """List events after a number, oldest first; a ``topic`` ending in ``/`` is a branch."""
        may_read(self.who, Event, None)
        table = TABLES[Event]
        query = self._visible(Event).where(table.c.seq > after).order_by(table.c.seq).limit(limit)
        if topic is not None and topic.endswith("/"):
            query = query.where(table.c.topic.startswith(topic, autoescape=True))
        elif topic is not None:
            query = query.where(table.c.topic == topic)
        return list(self._records(Event, query))

    def last_seq(self) -> int:
        """Return the number of the newest event of any project, 0 when there is none."""
        newest = self._connection.execute(select(func.max(TABLES[Event].c.seq)))
        return int(newest.scalar_one() or 0)

    def bodies(self, cls: type[Record]) -> Iterator[str]:
        """Yield the stored JSON of every visible record, one at a time."""
        may_read(self.who, cls, None)
        for row in self._connection.execute(self._visible(cls)):
            yield row.body

    def _visible(self, cls: type[Record]) -> Select[Any]:
        """Select what the asker's project may see."""
        table = TABLES[cls]
        query = select(table)
        scope = _scope(cls)
        if scope is None or self.who.project == EVERYWHERE:
            return query
        if cls is Project and self.who.role == "admin":
            return query
        return query.where(table.c[scope] == self.who.project)

    def _records(self, cls: type[R], query: Select[Any]) -> Iterator[R]:
        """Run a query; the number of an event or audit entry is its row's."""
        numbered = cls.key == ("seq",)
        for row in self._connection.execute(query):
            record = cls.model_validate_json(row.body)
            yield record.model_copy(update={"seq": row.seq}) if numbered else record

    def _row(self, record: Record) -> dict[str, object]:
        columns: dict[str, object] = {f: getattr(record, f) for f in columns_of(type(record))}
        return columns | {"body": record.model_dump_json()}

    def _full_key(self, cls: type[Record], key: tuple[object, ...]) -> tuple[object, ...]:
        """Put the asker's project before a key given without one."""
        short = len(cls.key) - 1
        if len(key) == short and cls.key[0] == "project" and self.who.project != EVERYWHERE:
            return (self.who.project, *key)
        assert len(key) == len(cls.key), f"{cls.table} is found by {cls.key}, got {key}"
        return key

    def _sees(self, cls: type[Record], key: tuple[object, ...]) -> bool:
        return (
            self.who.project == EVERYWHERE or cls.key[0] != "project" or key[0] == self.who.project
        )

    def _may_write(self, record: Record) -> None:
        may_write(self.who, type(record))
        append_only(type(record))
        self._see_own(record)

    def _see_own(self, record: Record) -> None:
        """Refuse to write into another project; it does not exist for the asker."""
        scope = _scope(type(record))
        if self.who.project == EVERYWHERE or scope is None or isinstance(record, Project):
            return
        if getattr(record, scope) != self.who.project:
            raise self._not_found(type(record), tuple(getattr(record, f) for f in record.key))

    def _last_hash(self) -> str:
        table = TABLES[Audit]
        newest = select(table.c.body).order_by(table.c.seq.desc()).limit(1)
        body = self._connection.execute(newest).scalar_one_or_none()
        return "" if body is None else Audit.model_validate_json(body).hash

    def _not_found(self, cls: type[Record], key: tuple[object, ...]) -> NotFoundError:
        """Name what is missing, and the nearest that is there."""
        shown = [str(k) for f, k in zip(cls.key, key, strict=True) if f != "project"]
        table, last = TABLES[cls], cls.key[-1]
        names = self._connection.execute(self._visible(cls).with_only_columns(table.c[last]))
        known = {str(name) for (name,) in names.fetchmany(10_000)}
        return NotFoundError(
            f"no {cls.table} '{'/'.join(shown)}'", where=f"project '{self.who.project}'",
            do=nearest(shown[-1], known) or f"There is no {cls.table} yet.",
            kind=cls.table, name="/".join(shown),
        )  # fmt: skip


def _scope(cls: type[Record]) -> str | None:
    """Name the field that says which project a record belongs to."""
    if cls is Project:
        return "name"
    return "project" if "project" in columns_of(cls) else None


def _name(record: Record) -> str:
    return "/".join(str(getattr(record, f)) for f in record.key if f != "project")
