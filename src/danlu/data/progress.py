"""Progress: how far long work in DuckDB is, asked of DuckDB itself while it works."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

import duckdb

Json = dict[str, Any]
Report = Callable[[Json], object]
EVERY_S = 0.4
PART = 0.6
"""Of what is left, the share one query is taken to be: how many come is not known before."""


class Progress:
    """Reports ``{"kind", "share"}`` while queries run; the share never goes back.

    >>> import duckdb
    >>> with Progress(duckdb.connect(), print, "reading", low=0.0, high=0.8) as told:
    ...     told.share(50.0), told.share(100.0), told.share(20.0)
    (0.24, 0.48, 0.5184)
    """

    def __init__(
        self, db: duckdb.DuckDBPyConnection, report: Report, kind: str, *, low: float, high: float
    ) -> None:
        self._db, self._report, self._kind = db, report, kind
        self._base, self._high, self._last = low, high, 0.0
        self._told = low
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="progress", daemon=True)

    def __enter__(self) -> Progress:
        self._db.execute("SET enable_progress_bar = true")
        self._db.execute("SET enable_progress_bar_print = false")
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def share(self, percent: float) -> float:
        """Turn the percent of the query that runs into the share of all work."""
        if percent < self._last:  # another query
            self._base = self._told
        self._last = percent
        found = self._base + (self._high - self._base) * PART * percent / 100
        self._told = max(self._told, round(found, 4))
        return self._told

    def _watch(self) -> None:
        while not self._over.wait(EVERY_S):
            percent = self._db.query_progress()
            if percent >= 0:
                self._report({"kind": self._kind, "share": self.share(percent)})
