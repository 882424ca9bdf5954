"""Log days: the log cut into days, each with a fair sample of its predictions; bounded memory.

A day is that of the row's own time column where it has one, else the day (UTC) it was asked on: a
replay of last year keeps last year's days. Requests are told by their id prefix, which grows with
time, so old ones are never read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from danlu.serve.log_feedback import DISCARDED, PREFIX_DIGITS
from danlu.serve.log_file import Connection, SqliteError, failure, open_reader
from danlu.serve.log_reader import REQUEST, TRUTHS, Logged, LogReader, source_of, unfold

ROWS_A_DAY = 2000
"""Predictions looked at for one day; enough for a share to be right within two percent."""
LOOK_BACK_DAYS = 400
DAY_S = 86_400.0
TIME_DIGITS = 12
"""Of a prefix: milliseconds since 1970, in hex."""
PASS = f"""
SELECT r.seq, r.at_us, r.rows, r.model, iif(?3 = '', NULL, json_extract(r.content, ?3)), (
  SELECT count(DISTINCT f.row) FROM feedback f
  WHERE f.deployment = r.deployment AND f.prefix = r.prefix AND f.truth != '{DISCARDED}')
FROM request r WHERE r.deployment = ?1 AND r.prefix > ?2 ORDER BY r.prefix
"""
OLDEST = "SELECT prefix FROM request WHERE deployment = ?1 ORDER BY prefix DESC LIMIT 1 OFFSET ?2"
MOST_REQUESTS = 1_000_000
"""Of more only the newest are looked at: the days before them are not told of."""
FETCH = f"SELECT {REQUEST}, {TRUTHS} FROM request r WHERE r.seq = ?1"
FIRST = "SELECT model FROM request WHERE deployment = ?1 ORDER BY prefix LIMIT 1"


class _Asked(NamedTuple):
    seq: int
    rows: int


@dataclass
class Day:
    """What was asked on one day, and how much of it has come true by now."""

    name: str
    """ISO date."""
    rows: int = 0
    joined: int = 0
    """Predictions whose truth has come."""
    first: float = 0.0
    last: float = 0.0
    """When the first and the last of them were asked, Unix seconds."""
    models: dict[str, int] = field(default_factory=dict)
    requests: list[_Asked] = field(default_factory=list)

    def add(self, row: tuple[int, int, int, str, object, int]) -> None:
        """Count one request."""
        seq, at_us, rows, model, _, joined = row
        self.first = self.first or at_us / 1e6
        self.last = max(self.last, at_us / 1e6)
        self.rows, self.joined = self.rows + rows, self.joined + joined
        self.models[model] = self.models.get(model, 0) + rows
        self.requests.append(_Asked(seq, rows))


def days(
    reader: LogReader, deployment: str, *, time: str | None, newest: int, now: float,
    most: int = MOST_REQUESTS,
) -> list[Day]:  # fmt: skip
    """Return the newest days of a deployment, oldest first."""
    if not reader.path.exists():
        return []
    own = f'$[0][0]."{time}"' if time and '"' not in time else ""
    back = LOOK_BACK_DAYS if own else newest
    found: dict[str, Day] = {}
    try:
        with closing(open_reader(reader.path)) as connection:
            source = source_of(connection, reader.project, deployment)
            if source is None:
                return []
            since = _prefix_of(now - back * DAY_S)
            older = connection.execute(OLDEST, (source, most - 1)).fetchone()
            is_cut = older is not None and older[0] > since
            for row in connection.execute(PASS, (source, older[0] if is_cut else since, own)):
                name = _day(row[4], row[1] / 1e6)
                found.setdefault(name, Day(name)).add(row)
    except SqliteError as error:
        raise failure(error, reader.path) from error
    names = sorted(found)[1 if is_cut else 0 :]  # the first of a cut log is not whole
    return [found[name] for name in names[-newest:]]


def _prefix_of(at: float) -> bytes:
    """Return the least id prefix of a moment."""
    digits = f"{max(int(at * 1000), 0):0{TIME_DIGITS}x}".ljust(PREFIX_DIGITS, "0")
    return bytes.fromhex(digits)


def sample(reader: LogReader, day: Day, most: int = ROWS_A_DAY) -> list[Logged]:
    """Return up to about ``most`` predictions of a day, evenly spread over it."""
    with closing(open_reader(reader.path)) as connection:
        return list(_spread(connection, day.requests, max(1, -(-day.rows // most))))


def first_model(reader: LogReader, deployment: str) -> str | None:
    """Name the model that answered the deployment's first request."""
    if not reader.path.exists():
        return None
    with closing(open_reader(reader.path)) as connection:
        source = source_of(connection, reader.project, deployment)
        found = connection.execute(FIRST, (source,)).fetchone()
    return None if found is None else str(found[0])


def _spread(connection: Connection, requests: Sequence[_Asked], step: int) -> Iterator[Logged]:
    """Take every ``step``-th prediction; a request without one of those is not read."""
    place = 0
    for request in requests:
        first = -place % step
        place += request.rows
        if first < request.rows:
            row = connection.execute(FETCH, (request.seq,)).fetchone()
            yield from unfold(row)[first::step]


def _day(own: object, at: float) -> str:
    """Return the ISO date of a row: by its own time if it can be read, else when it was asked."""
    if isinstance(own, str) and own[:4].isdecimal():
        try:
            return datetime.fromisoformat(own).date().isoformat()
        except ValueError:
            pass
    return datetime.fromtimestamp(at, UTC).date().isoformat()
